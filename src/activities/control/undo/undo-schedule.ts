import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import type { UndoOf } from '../../../contract/internal';
import type { ControlDependencies } from '../dependencies';
import { ensureScheduleDeleted, newSchedules } from './snapshot-schedules';

/** Deletes the schedule whose id was printed to the run; without an id, the only new one of the database. */
export async function undoSchedule(
  dependencies: ControlDependencies,
  { scheduleId, listedBefore, database }: UndoOf<'schedule'>,
): Promise<string | undefined> {
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  if (scheduleId === undefined && activityInfo().attempt === 1) await sleep(dependencies.timing.rpcTimeout);
  const candidates =
    scheduleId === undefined ? await newSchedules(yugabyte, database, listedBefore, signal) : [scheduleId];
  const [only] = candidates;
  if (only === undefined) return undefined;
  if (candidates.length > 1)
    throw new Error(
      `${candidates.length} snapshot schedules of ${database} appeared (${candidates.join(', ')}); it is not known which one is the run's; delete that one with yb-admin delete_snapshot_schedule`,
    );
  return (await ensureScheduleDeleted(yugabyte, only, signal)) ? `deleted snapshot schedule ${only}` : undefined;
}
