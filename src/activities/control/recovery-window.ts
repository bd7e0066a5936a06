import { formatMicros, splitDatabase } from '../../contract';
import { listSnapshots, schedulesOfDatabase, type ListedSchedule, type Yugabyte } from '../../yugabyte';

export interface RecoveryWindow {
  schedule: ListedSchedule;
  /** The oldest COMPLETE snapshot of the schedule; RFC 3339 UTC with microseconds. */
  from: string;
  /** Now. */
  to: string;
}

/**
 * What the cluster itself can recover of a database: from the oldest complete snapshot of its schedule until now. Undefined
 * without a schedule, or before its first snapshot. A moment before the oldest snapshot is refused by the cluster (#21269).
 */
export async function recoveryWindow(
  yugabyte: Yugabyte,
  database: string,
  signal: AbortSignal,
): Promise<RecoveryWindow | undefined> {
  const split = splitDatabase(database);
  if (!split) return undefined;
  const [schedule] = await schedulesOfDatabase(yugabyte, split, signal);
  if (!schedule) return undefined;
  const complete = new Map(
    (await yugabyte.run(listSnapshots, {}, { signal }))
      .filter(({ state }) => state === 'COMPLETE')
      .map(({ id, snapshotMicros }) => [id, snapshotMicros]),
  );
  const [oldest] = schedule.snapshots
    .filter(({ id }) => complete.has(id))
    .map(({ id, snapshotMicros }) => snapshotMicros ?? complete.get(id))
    .filter((micros) => micros !== undefined)
    .sort();
  if (oldest === undefined) return undefined;
  return { schedule, from: formatMicros(oldest), to: formatMicros(String(BigInt(Date.now()) * 1000n)) };
}
