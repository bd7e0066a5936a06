import { createHash, createPrivateKey } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { asActivityFailure } from '../../src/activities/heartbeat-interceptor';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import type { JanitorDependencies } from '../../src/activities/janitor/dependencies';
import type { NodeDependencies } from '../../src/activities/node/dependencies';
import { RunningCopies } from '../../src/activities/node/running-copies';
import { defaultTiming, type Chain, type Policies, type Timing } from '../../src/contract';
import { isRepositoryError, openRepository, signerTrustOf, signingKeyOf, type Trust } from '../../src/repository';
import { publicKeyText } from '../../src/repository/signing/keys';
import { isStoreError, TransferError, TransferLimits } from '../../src/transfer';
import { MemoryStore } from '../support/store/memory-store';
import { Clockwork, type Attempt, type Operation, type Trouble } from './clockwork';
import { Draws } from '../support/draws';
import { memoryEngine } from './memory-engine';
import { ModelCluster, NODES } from './model-cluster';
import { running } from './running';
import { ModelStore, type StoreTraits } from './model-store';
import { CLUSTER, Witness, type Role } from './witness';

export const DATABASE = 'ycql.shop';
const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** What a control worker sends, a janitor, a node. */
export type Dependencies = ControlDependencies & JanitorDependencies & NodeDependencies;

export interface WorldTraits extends StoreTraits {
  versioned: boolean;
  /** Days for which whatever is written is locked; 0: a bucket without locks. */
  lockedDays: number;
  /** The grace is hardly longer than a backup may run. */
  tight: boolean;
  /** A lease may outlast the grace. */
  longLeases: boolean;
  keep: number;
  minimumCopies: number;
  /** How far Temporal's clock is ahead of the store's. */
  temporalSkewMs: number;
}

/** Who does something. */
export interface Actor {
  role: Role;
  skewMs: number;
}

interface Step {
  actor: Actor;
  name: string;
  chain: Chain;
}

/** A run whose workflow was terminated in the middle. */
export class Terminated extends Error {
  override readonly name = 'Terminated';
}

/** Keys that are the same in every run, so that a seed gives the same bytes. */
function keyOf(name: string): string {
  const seed = createHash('sha256').update(name).digest();
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}
const PEMS = { control: keyOf('control'), janitor: keyOf('janitor') };
const PUBLIC_KEYS = Object.values(PEMS).map((pem) => publicKeyText(signingKeyOf(pem)));
const TRUST: Record<Role, Trust | undefined> = {
  control: signerTrustOf({ publicKeys: PUBLIC_KEYS, privateKey: PEMS.control }),
  janitor: signerTrustOf({ publicKeys: PUBLIC_KEYS, privateKey: PEMS.janitor }),
  node: undefined,
  stranger: undefined,
};

/** Of whoever reads, and writes nothing. */
export const READS: Trust = { publicKeys: TRUST.control?.publicKeys ?? [] };

/** Attempts of a step before its run fails. */
const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 5_000;

/** One bucket, one database, and everybody who works with them. */
export class World {
  readonly draws: Draws;
  readonly clockwork: Clockwork;
  readonly memory: MemoryStore;
  readonly cluster: ModelCluster;
  readonly witness: Witness;
  readonly store: ModelStore;
  readonly timing: Timing;
  /** Runs that Temporal knows. */
  readonly runs = new Map<string, 'RUNNING' | 'COMPLETED'>();
  /** How operations ended, by name and end. */
  readonly ends: Record<string, number> = {};
  /** What texts of records say, by their schema. */
  readonly read = new Map<unknown, Map<string, unknown>>();
  private begun = 0;

  constructor(
    readonly traits: WorldTraits,
    order: number,
    tracing: boolean,
  ) {
    this.draws = new Draws(order);
    const start = Date.parse('2026-11-01T00:00:00Z');
    this.clockwork = new Clockwork(start, this.draws, tracing);
    this.memory = new MemoryStore({
      versioned: traits.versioned || traits.lockedDays > 0,
      objectLock: traits.lockedDays > 0,
    });
    this.cluster = new ModelCluster(this.draws);
    const maxRunTime = 3 * DAY;
    const deletionGrace = traits.tight ? maxRunTime + 2 * HOUR : 7 * DAY;
    const leaseTime = traits.longLeases ? 9 * DAY : defaultTiming.leaseTime;
    const patience = { phaseDeadline: 60_000, heartbeatTimeout: DAY };
    this.timing = { ...defaultTiming, ...patience, maxRunTime, deletionGrace, leaseTime };
    // Where the product waits for nothing, what else protects is of interest.
    const graceMs = running.planted.includes('a sweep waits for nothing') ? 0 : deletionGrace;
    this.witness = new Witness(this.memory, this.cluster, { graceMs }, (violation) => {
      this.clockwork.tell(undefined, violation.message);
      this.clockwork.fail(violation);
    });
    this.store = new ModelStore(this.memory, this.clockwork, this.witness, this.draws, traits);
  }

  /** A new run of a workflow. */
  newChain(workflow: string): Chain {
    this.begun += 1;
    const tag = this.begun.toString(16).padStart(6, '0');
    const workflowId = `${workflow}/${this.begun}`;
    this.runs.set(workflowId, 'RUNNING');
    return { workflowId, firstExecutionRunId: `${tag}-${tag}` };
  }

  newOperation(name: string, troubles: readonly Trouble[]): Operation {
    return { name, troubles, requests: 0 };
  }

  count(what: string): void {
    this.ends[what] = (this.ends[what] ?? 0) + 1;
  }

  /**
   * A step of a run, as Temporal drives an activity: attempt after attempt until one answers, or fails without a retry.
   * Fails with `Terminated` where the run was ended from outside.
   */
  async step<T>(operation: Operation, step: Step, act: (dependencies: Dependencies) => Promise<T>): Promise<T> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let number = 1; ; number += 1) {
      const attempt = this.attempt(operation, step, number);
      const end = await this.ended(attempt, act, step);
      if ('value' in end) return end.value;
      if ('terminated' in end) throw new Terminated();
      if ('error' in end) {
        const failure = failureOf(end.error, number);
        if (failure.nonRetryable === true || number >= ATTEMPTS) throw failure;
      }
      await this.clockwork.sleep(undefined, pauseMs);
      pauseMs = Math.min(pauseMs * 2, 120_000);
    }
  }

  private attempt(operation: Operation, { name: step, chain, actor }: Step, number: number): Attempt {
    return {
      ...{ operation, step, number, workflowId: chain.workflowId, firstRunId: chain.firstExecutionRunId },
      ...{ skewMs: actor.skewMs, dead: false, left: false, terminated: false },
      ...{ dieAfterRequest: false, mustHurry: false, leave: () => undefined, stop: undefined },
    };
  }

  private async ended<T>(
    attempt: Attempt,
    act: (dependencies: Dependencies) => Promise<T>,
    { actor, chain }: Step,
  ): Promise<{ value: T } | { error: unknown } | { lost: true } | { terminated: true }> {
    const left = new Promise<{ lost: true } | { terminated: true }>((resolve) => {
      attempt.leave = () => {
        resolve(attempt.terminated ? { terminated: true } : { lost: true });
      };
    });
    const done = (async () => {
      await this.clockwork.begins(attempt);
      return { value: await act(this.dependenciesOf(attempt, actor.role, chain)) };
    })().catch((error: unknown) => ({ error }));
    void done.then((end) => {
      if ('error' in end) this.clockwork.tell(attempt, `failed: ${String(end.error)}`);
      if ('error' in end && isBug(end.error)) this.clockwork.fail(end.error as Error);
    });
    return await Promise.race([done, left]);
  }

  private dependenciesOf(attempt: Attempt, role: Role, chain: Chain): Dependencies {
    const store = this.store.open(attempt, role);
    const trust = this.traits.signed ? TRUST[role] : undefined;
    const { keep, minimumCopies, lockedDays } = this.traits;
    const objectLock = lockedDays > 0 ? { mode: 'compliance', days: lockedDays } : undefined;
    const policies: Policies = { keep: { last: keep }, minimumCopies };
    return {
      ...{ store, timing: this.timing, client: this.clientOf(chain) },
      repository: openRepository({ store, cluster: CLUSTER, trust }),
      config: { cluster: CLUSTER, policies, repository: { url: 's3://model', objectLock } },
      yugabyte: () => YUGABYTE,
      engine: memoryEngine(this.cluster),
      copies: new RunningCopies(new TransferLimits()),
    } as unknown as Dependencies;
  }

  /** What Temporal knows: guardians of whoever asks, and the runs. */
  private clientOf(chain: Chain): object {
    const { workflowId, firstExecutionRunId: runId } = chain;
    const started = { workflowExecutionStartedEventAttributes: { identity: 'ines@host' } };
    return {
      options: { namespace: 'default' },
      workflow: {
        getHandle: (id: string) => ({
          describe: async () =>
            await Promise.resolve({
              status: { name: this.runs.get(id) ?? 'RUNNING' },
              ...{ type: 'guardian', taskQueue: `kalpa/${CLUSTER}`, memo: { owner: chain } },
              raw: { workflowExecutionInfo: { parentExecution: { workflowId, runId }, firstRunId: runId } },
            }),
        }),
      },
      workflowService: {
        getWorkflowExecutionHistory: async () => await Promise.resolve({ history: { events: [started] } }),
      },
    };
  }
}

const YUGABYTE = {
  run: async () => await Promise.resolve({ universeUuid: 'u', replicationFactor: 1 }),
  release: async () => await Promise.resolve('2025.1.1.0'),
  capabilities: async () => await Promise.resolve({ since: '2025.1' }),
  tservers: async () => await Promise.resolve(NODES),
};

/** Thrown by no layer below: a mistake of the code. */
const isBug = (error: unknown): boolean =>
  !isRepositoryError(error) &&
  !isStoreError(error) &&
  !(error instanceof TransferError) &&
  !(error instanceof Terminated) &&
  !isFailure(error);

/** How a step fails whose failure is part of the contract. */
export const isFailure = (error: unknown): boolean => error instanceof ApplicationFailure;

function failureOf(error: unknown, attempt: number): ApplicationFailure {
  const info = { activityType: 'model', attempt } as never;
  return asActivityFailure(error, { cancellationSignal: new AbortController().signal, info }) as ApplicationFailure;
}
