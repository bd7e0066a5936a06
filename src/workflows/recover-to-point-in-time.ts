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
import { checkedInput } from './failure';
import { control } from './policies';
import { RunProgress } from './progress';
import { checkClocks } from './recovery/check-clocks';
import { cloneAside } from './recovery/clone-aside';
import { copyThroughBucket } from './recovery/copy-through-bucket';
import type { Recovered, RecoveryRun } from './recovery/recovery';
import { rewindInPlace } from './recovery/rewind-in-place';
import { ownCluster, readSettings } from './run-context';

/**
 * Recovers a database to a moment: as a copy beside the original, which is not touched, or by rewinding it in place, which loses
 * everything written since. The moment is resolved once, so that no retry aims at another one.
 */
export async function recoverToPointInTime(input: RecoverToPointInTimeInput): Promise<RecoverToPointInTimeResult> {
  const request = checkedInput('recoverToPointInTime', recoverToPointInTimeInput, input);
  const { database, as } = request;
  const startedAt = workflowInfo().startTime;
  const toMicros = momentOf(request, startedAt);
  const progress = new RunProgress(
    'recoverToPointInTime',
    `Recovery of ${database} on ${ownCluster()} to ${formatMicros(toMicros)}${as === undefined ? ', in place' : ` as ${as}`}`,
    as === undefined ? REWIND_PHASES : CLONE_PHASES,
  );
  const settings = await readSettings();
  progress.use(settings);
  await checkClocks(request, settings);
  const recovery = { request, toMicros, settings, progress };
  const result = as === undefined ? await rewindInPlace(recovery) : await recoverAside(recovery, as);
  return { ...result, durationSeconds: Math.round((Date.now() - startedAt.getTime()) / 100) / 10 };
}

async function recoverAside(recovery: RecoveryRun, as: string): Promise<Recovered> {
  const { clonesDatabases } = await control(recovery.settings, 'can this release clone?').describeRelease();
  return clonesDatabases ? await cloneAside(recovery, as) : await copyThroughBucket(recovery, as);
}

/** 16 digits. `ago` counts from the start of the run. */
function momentOf({ to, ago }: RecoverToPointInTimeInput, startedAt: Date): string {
  if (to !== undefined) return instantMicros(to) ?? '';
  return String(BigInt(startedAt.getTime() - checkedDurationMs(ago ?? '0s')) * 1000n);
}
