import { CancellationScope, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import type { RecordOperationInput } from '../activities/control/record-operation';
import type { OwnerEnd, Settings } from '../contract';
import { asRunFailure, failureType, reasonOf } from './failure';
import type { HeldGuardian } from './guarded';
import { control } from './policies';
import type { RunProgress } from './progress';
import { ownChain } from './run-context';

interface Finishable {
  settings: Settings;
  /** What was asked, and of which database; for the audit record. */
  request: object;
  database: string;
  guardian: HeldGuardian;
  /** Held beside it. */
  others?: HeldGuardian[];
  progress: RunProgress;
  warnings: string[];
}

/**
 * Runs the procedure and then, on every path, lets the guardian undo what was noted. A failing clean-up after the
 * success is a warning in the result; before it, the first error wins.
 */
export async function finishRun<R extends object>(
  run: Finishable,
  procedure: () => Promise<R>,
): Promise<R & { warnings?: string[] }> {
  try {
    const result = await procedure();
    run.progress.enter('cleanup');
    const leftovers = await closeAll(run, 'complete');
    run.warnings.push(...leftovers.map((leftover) => `Left behind: ${leftover}`));
    const complete = () => (run.warnings.length === 0 ? result : { ...result, warnings: run.warnings });
    await record(run, { outcome: 'complete', result: complete() });
    run.progress.finish('');
    return complete();
  } catch (error) {
    const end = isCancellation(error) ? 'cancelled' : 'failed';
    run.progress.fail(end === 'cancelled' ? 'Cancelled.' : reasonOf(error));
    const failed = asRunFailure(error, 'A part of the cluster');
    const leftovers = await CancellationScope.nonCancellable(() => closeAll(run, end));
    if (leftovers.length > 0) run.progress.fail(`${reasonOf(error)} Left behind: ${leftovers.join('; ')}`);
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

/** Returns what could not be undone. */
async function closeAll({ guardian, others = [] }: Finishable, end: OwnerEnd): Promise<string[]> {
  const leftovers: string[] = [];
  for (const one of [guardian, ...others]) leftovers.push(...(await one.close(end)));
  return leftovers;
}

/** The audit record outlives the history. A run is not failed for want of it: what it did is done. */
async function record(
  run: Finishable,
  end: Pick<RecordOperationInput, 'outcome' | 'result' | 'failure'>,
): Promise<void> {
  const { workflowType, startTime } = workflowInfo();
  try {
    await control(run.settings, 'audit record').recordOperation({
      chain: ownChain(),
      operation: workflowType,
      database: run.database,
      startedAt: startTime.toISOString(),
      input: run.request,
      ...end,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('no audit record was written', { reason: reasonOf(error) });
    run.warnings.push(`The audit record could not be written: ${reasonOf(error)}`);
  }
}
