import { cancellationSignal } from '@temporalio/activity';
import type { KalpaConfig } from '../../../config';
import { showProgress } from '../../heartbeat-interceptor';
import { failWithFindings } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { Checks } from './checks';

/** How long preflight may wait for components that are unavailable. */
export interface PreflightWait {
  /** Milliseconds during which questions to a component that is unavailable are repeated. */
  patienceMs: number;
  /** Milliseconds left until preflight's own deadline. */
  leftMs: number;
  /** The caller can ask again: it first learns what is unavailable, so that the run's page shows what it waits for. */
  asksAgain: boolean;
}

/** `askedMs`: how long the questions took, without waiting for a worker. */
export type Answer<R> = ({ answer: R } | { away: string[] }) & { askedMs: number };

/**
 * One preflight: `ask` alone finds out what may be done, and reaches the cluster and the store only through its checks.
 */
export interface Preflight<I, R> {
  /** Subject of a refusal: "The backup of ysql.orders". */
  subject: (input: I, config: KalpaConfig) => string;
  /** Undefined: there are findings. */
  ask: (checks: Checks, input: I) => Promise<R | undefined>;
}

/** Makes the activity, which refuses with all findings in one message. */
export function definePreflight<I extends object, R>({ subject, ask }: Preflight<I, R>) {
  return (dependencies: ControlDependencies) =>
    async (input: I & PreflightWait): Promise<Answer<R>> => {
      const { patienceMs, leftMs, asksAgain } = input;
      const beganAt = Date.now();
      const checks = new Checks(dependencies, {
        patienceMs,
        leftMs,
        deadlineMs: dependencies.timing.preflightDeadline,
        signal: cancellationSignal(),
        onWait: (away) => {
          showProgress(away.length === 0 ? 'preflight' : { waitingFor: away });
        },
      });
      const answer = await ask(checks, input);
      const { findings } = checks;
      if (asksAgain && findings.away.length > 0 && !findings.refused)
        return { away: findings.away, askedMs: Date.now() - beganAt };
      const refusal = failWithFindings(subject(input, dependencies.config), findings.list);
      if (refusal) throw refusal;
      if (answer === undefined)
        throw new Error(`${subject(input, dependencies.config)}: nothing is wrong, and yet there is no answer`);
      return { answer, askedMs: Date.now() - beganAt };
    };
}
