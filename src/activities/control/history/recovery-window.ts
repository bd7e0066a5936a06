import { formatMicros, splitDatabase } from '../../../contract';
import {
  readScheduleEvidence,
  schedulesOf,
  type ListedSchedule,
  type Micros,
  type ScheduleEvidence,
  type Yugabyte,
} from '../../../yugabyte';

export interface RecoveryWindow {
  schedule: ListedSchedule;
  /** The oldest COMPLETE snapshot of the schedule; RFC 3339 UTC with microseconds. */
  from: string;
  /** Now, by the cluster's clock. */
  to: string;
  /** COMPLETE snapshots of the schedule, oldest first. */
  snapshots: { id: string; micros: Micros }[];
}

/**
 * What the cluster itself can recover of a database: from the oldest complete snapshot of its schedule until now.
 * Undefined without a schedule, before its first snapshot, and when the schedule belongs to an earlier database of that
 * name. The cluster refuses a moment before the oldest snapshot (#21269). `evidence`: already looked up.
 */
export async function recoveryWindow(
  yugabyte: Yugabyte,
  database: string,
  signal: AbortSignal,
  evidence?: ScheduleEvidence,
): Promise<RecoveryWindow | undefined> {
  const split = splitDatabase(database);
  if (!split) return undefined;
  const found = evidence ?? (await readScheduleEvidence(yugabyte, signal));
  const [schedule] = schedulesOf(found, split).own;
  if (!schedule) return undefined;
  const snapshots = schedule.snapshots
    .flatMap(({ id, snapshotMicros }) => {
      const listed = found.snapshots.get(id);
      const micros = listed?.state === 'COMPLETE' ? (snapshotMicros ?? listed.snapshotMicros) : undefined;
      return micros === undefined ? [] : [{ id, micros }];
    })
    .sort((one, other) => (BigInt(one.micros) < BigInt(other.micros) ? -1 : 1));
  const [oldest] = snapshots;
  if (!oldest) return undefined;
  const to = formatMicros(await yugabyte.api(database).clock({ signal }));
  return { schedule, from: formatMicros(oldest.micros), to, snapshots };
}
