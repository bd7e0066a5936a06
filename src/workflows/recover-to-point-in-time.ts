import { workflowInfo } from '@temporalio/workflow';
import {
  checkedDurationMs,
  CLONE_PHASES,
  formatMicros,
  instantMicros,
  recoverToPointInTimeInput,
  REWIND_PHASES,
  type RecoverToPointInTimeInput,
  type RecoverToPointInTimeResult,
} from '../contract';
import { shortStep } from './run/policies';
import { checkClocks } from './pitr/check-clocks';
import { cloneAside } from './pitr/clone-aside';
import { copyThroughBucket } from './pitr/copy-through-bucket';
import type { Recovered, RecoveryRun } from './pitr/recovery';
import { rewindInPlace } from './pitr/rewind-in-place';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';

/**
 * Recovers a database to a moment: as a copy beside the original, which is not touched, or by a rewind in place, which
 * loses everything written since. The moment is resolved once, so that every retry uses the same one.
 */
export async function recoverToPointInTime(input: RecoverToPointInTimeInput): Promise<RecoverToPointInTimeResult> {
  const aside = typeof input === 'object' && (input as Partial<RecoverToPointInTimeInput> | null)?.as !== undefined;
  return await runOperation(
    {
      name: 'recoverToPointInTime',
      input: recoverToPointInTimeInput,
      phases: aside ? CLONE_PHASES : REWIND_PHASES,
      subject: (request) =>
        `Recovery of ${request.database} on ${ownCluster()} to ${formatMicros(momentOf(request))}${request.as === undefined ? ', in place' : ` as ${request.as}`}`,
      complete: ({ database, mode, recoveredTo }) =>
        mode === 'rewind'
          ? `${database} is as it was at ${recoveredTo}.`
          : `${database} is a copy as of ${recoveredTo}; the original was not touched.`,
    },
    input,
    recover,
  );
}

async function recover({
  request,
  settings,
  progress,
  seconds,
}: StartedRun<RecoverToPointInTimeInput>): Promise<RecoverToPointInTimeResult> {
  const { as } = request;
  await checkClocks({ request, settings, progress });
  const recovery = { request, toMicros: momentOf(request), settings, progress };
  const result = as === undefined ? await rewindInPlace(recovery) : await recoverAside(recovery, as);
  return { ...result, durationSeconds: seconds() };
}

async function recoverAside(recovery: RecoveryRun, as: string): Promise<Recovered> {
  const { clonesDatabases } = await shortStep(recovery.settings, 'can this release clone?').describeRelease();
  return clonesDatabases ? await cloneAside(recovery, as) : await copyThroughBucket(recovery, as);
}

/** 16 digits. `ago` counts from the start of the run. */
function momentOf({ to, ago }: RecoverToPointInTimeInput): string {
  if (to !== undefined) return instantMicros(to) ?? '';
  return String(BigInt(workflowInfo().startTime.getTime() - checkedDurationMs(ago ?? '0s')) * 1000n);
}
