import type { InspectClusterResult } from '../../../contract';
import { orphanedSchedules, type ScheduleEvidence } from '../../../yugabyte';
import { durationText } from '../run/duration-text';

type OrphanedScheduleResult = NonNullable<InspectClusterResult['goneSchedules']>[number];

/** Snapshot schedules whose database was dropped, even if a new one has its name. */
export const inspectOrphanedSchedules = (evidence: ScheduleEvidence): OrphanedScheduleResult[] =>
  orphanedSchedules(evidence).map(({ schedule, database }) => ({
    scheduleId: schedule.id,
    database,
    every: durationText(schedule.intervalSeconds),
    keep: durationText(schedule.retentionSeconds),
    snapshots: schedule.snapshots.length,
  }));

/** `protectedNow`: the databases that have a schedule of their own; for those, `pitr disable` would delete that one. */
export function orphanedScheduleProblem(
  { scheduleId, database, snapshots }: OrphanedScheduleResult,
  protectedNow: ReadonlySet<string>,
): string {
  const cure = protectedNow.has(database)
    ? `yb-admin delete_snapshot_schedule ${scheduleId}`
    : `kalpa pitr disable ${database}`;
  return `Snapshot schedule ${scheduleId} belongs to a dropped database ${database}: it protects nothing, and ${snapshots} snapshots of it occupy disk space. Delete it: ${cure}.`;
}
