import { CancellationScope, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import type { RecordOperationInput } from '../../activities/control/run/record-operation';
import type { OwnerEnd, Settings } from '../../contract/internal';
import { asRunFailure, failureType, reasonOf } from './failure';
import type { GuardianHandle } from '../lock/guardians';
import { sideQuestion, shortStep } from './policies';
import type { RunProgress } from './progress';
import { ownChain } from './run-context';

interface HeldLocks {
  guardian: GuardianHandle;
  /** Held beside it. */
  others?: GuardianHandle[];
  progress: RunProgress;
}

interface Finishable extends HeldLocks {
  settings: Settings;
  /** The input and its database, for the audit record. */
  request: object;
  database: string;
  warnings: string[];
  /** Its audit record is given less time than others. */
  storeIsAway?: boolean;
}

/**
 * Runs the procedure and then, on every path, lets the guardian undo what was noted. A clean-up that fails after a
 * success is a warning in the result; after a failure, the first error wins.
 */
export async function finishRun<R extends object>(
  run: Finishable,
  procedure: () => Promise<R>,
): Promise<R & { warnings?: string[] }> {
  try {
    const result = await procedure();
    const leftovers = await releaseGuardians(run, 'complete');
    run.warnings.push(...leftovers.map((leftover) => `Left behind: ${leftover}`));
    const complete = () => (run.warnings.length === 0 ? result : { ...result, warnings: run.warnings });
    await record(run, { outcome: 'complete', result: complete() });
    return complete();
  } catch (error) {
    const end = endOf(error);
    const failed = await cleanUpAfterFailure(run, error, 'A part of the cluster');
    await CancellationScope.nonCancellable(() =>
      record(run, {
        outcome: end,
        failure: {
          type: end === 'cancelled' ? 'Cancelled' : (failureType(failed) ?? 'Unknown'),
          message: reasonOf(failed),
        },
      }),
    );
    throw failed;
  }
}

/** Lets the guardians undo what was noted before the error; returns what the run ends with. */
export async function cleanUpAfterFailure(held: HeldLocks, error: unknown, part: string): Promise<unknown> {
  const doing = isCancellation(error) ? 'Cancelled. Cleaning up.' : `Cleaning up after: ${reasonOf(error)}`;
  await held.progress.during(doing, () => CancellationScope.nonCancellable(() => releaseGuardians(held, endOf(error))));
  return asRunFailure(error, part);
}

const endOf = (error: unknown): 'cancelled' | 'failed' => (isCancellation(error) ? 'cancelled' : 'failed');

/** Returns what could not be undone. */
async function releaseGuardians({ progress, guardian, others = [] }: HeldLocks, end: OwnerEnd): Promise<string[]> {
  progress.cleanUp(end);
  const ends = [];
  for (const one of [guardian, ...others]) ends.push(await one.close(end));
  const leftovers = ends.flatMap((one) => one.leftovers);
  progress.cleanedUp({ undone: ends.flatMap((one) => one.undone), leftovers });
  return leftovers;
}

/** The audit record outlives the history. The run does not fail without it: what it did is done. */
async function record(
  run: Finishable,
  end: Pick<RecordOperationInput, 'outcome' | 'result' | 'failure'>,
): Promise<void> {
  const { workflowType, startTime } = workflowInfo();
  try {
    const written = {
      chain: ownChain(),
      operation: workflowType,
      database: run.database,
      startedAt: startTime.toISOString(),
      input: run.request,
      ...end,
    };
    if (run.storeIsAway) await sideQuestion(run.settings, 'audit record').recordOperation(written);
    else await shortStep(run.settings, 'audit record').recordOperation(written);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('no audit record was written', { reason: reasonOf(error) });
    run.warnings.push(`The audit record could not be written: ${reasonOf(error)}`);
  }
}
