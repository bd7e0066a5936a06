import { CancellationScope, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import { failureType, reasonOf } from './failure';
import { shortStep } from './policies';
import { upsertKnownAttributes } from './progress';
import { ownChain } from './run-context';
import type { StartedRun } from './run-operation';

/** What goes into the audit record of a run. */
interface Recorded<R> {
  begun: StartedRun<object>;
  /** The database that the run is about; if none, the cluster's record. */
  databaseOf: (result: R | undefined) => string | undefined;
}

/** Runs an operation that needs no lock of a database, and records how it ended. */
export async function recorded<R extends object>(
  { begun, databaseOf }: Recorded<R>,
  work: () => Promise<R>,
): Promise<R & { warnings?: string[] }> {
  const { settings, request } = begun;
  const { workflowType, startTime } = workflowInfo();
  upsertKnownAttributes(settings, { KalpaCluster: settings.cluster, KalpaOperation: workflowType });
  const record = async (end: object, result?: R): Promise<string | undefined> => {
    try {
      await shortStep(settings, 'audit record').recordOperation({
        chain: ownChain(),
        operation: workflowType,
        database: databaseOf(result) ?? settings.cluster,
        startedAt: startTime.toISOString(),
        input: request,
        ...(end as { outcome: 'complete' }),
      });
      return undefined;
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('no audit record was written', { reason: reasonOf(error) });
      return `The audit record could not be written: ${reasonOf(error)}`;
    }
  };
  let result: R;
  try {
    result = await work();
  } catch (error) {
    const outcome = isCancellation(error) ? 'cancelled' : 'failed';
    const type = outcome === 'cancelled' ? 'Cancelled' : (failureType(error) ?? 'Unknown');
    await CancellationScope.nonCancellable(() => record({ outcome, failure: { type, message: reasonOf(error) } }));
    throw error;
  }
  const unrecorded = await record({ outcome: 'complete', result }, result);
  return unrecorded === undefined
    ? result
    : { ...result, warnings: [...((result as { warnings?: string[] }).warnings ?? []), unrecorded] };
}
