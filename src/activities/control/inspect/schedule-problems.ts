import type { PointInTimeRecord } from '../../../repository';
import type { ListedSchedule } from '../../../yugabyte';
import { durationText } from '../run/duration-text';

/**
 * What is wrong with a snapshot schedule: changed by hand, stopped, or its old snapshots are not deleted (faults 70,
 * 71, 72; #32330, #8387).
 */
export function scheduleProblems(
  database: string,
  schedule: ListedSchedule,
  intended: Exclude<PointInTimeRecord['schedule'], 'off'> | undefined,
  nowMicros: bigint,
): string[] {
  const problems: string[] = [];
  const { id, intervalSeconds, retentionSeconds } = schedule;
  const [every, keep] = [durationText(intervalSeconds), durationText(retentionSeconds)];
  if (intended && (intended.everyMinutes * 60 !== intervalSeconds || intended.keepMinutes * 60 !== retentionSeconds))
    problems.push(
      `The snapshot schedule of ${database} runs every ${every} and keeps ${keep}; ${durationText(intended.everyMinutes * 60)} and ${durationText(intended.keepMinutes * 60)} were requested. Someone changed it by hand; enable it again with the intervals that you want.`,
    );
  const times = schedule.snapshots
    .flatMap(({ snapshotMicros }) => (snapshotMicros === undefined ? [] : [BigInt(snapshotMicros)]))
    .sort((one, other) => (one < other ? -1 : 1));
  const [oldest, newest] = [times[0], times.at(-1)];
  const twoIntervals = BigInt(2 * intervalSeconds) * MICROS;
  if (newest !== undefined && nowMicros - newest > twoIntervals)
    problems.push(
      `The snapshot schedule ${id} of ${database} has taken no snapshot for more than two intervals of ${every}. Check the masters.`,
    );
  // The snapshot that covers the start of the retention may be one interval older, and is deleted some time after it
  // expires.
  const overdue = nowMicros - BigInt(retentionSeconds) * MICROS - twoIntervals;
  const kept = times.filter((time) => time < overdue).length;
  if (oldest !== undefined && kept > 0)
    problems.push(
      `The snapshot schedule ${id} of ${database} still has ${kept} snapshots that are older than its retention of ${keep}; they occupy disk space. Check the masters: yb-admin list_snapshots, list_snapshot_schedules ${id}.`,
    );
  return problems;
}

const MICROS = 1_000_000n;
