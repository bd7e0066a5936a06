import { apiOf, formatMicros, splitDatabase } from '../../contract';
import { listSnapshots, schedulesOfDatabase, type ListedSchedule, type Micros, type Yugabyte } from '../../yugabyte';

export interface RecoveryWindow {
  schedule: ListedSchedule;
  /** The oldest COMPLETE snapshot of the schedule; RFC 3339 UTC with microseconds. */
  from: string;
  /** Now, by the cluster's clock. */
  to: string;
  /** Of the schedule, COMPLETE, oldest first. */
  snapshots: { id: string; micros: Micros }[];
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
  const snapshots = schedule.snapshots
    .flatMap(({ id, snapshotMicros }) => {
      const micros = complete.has(id) ? (snapshotMicros ?? complete.get(id)) : undefined;
      return micros === undefined ? [] : [{ id, micros }];
    })
    .sort((one, other) => (BigInt(one.micros) < BigInt(other.micros) ? -1 : 1));
  const [oldest] = snapshots;
  if (!oldest) return undefined;
  // YCQL tells no time.
  const now =
    apiOf(database) === 'ycql' ? String(BigInt(Date.now()) * 1000n) : await yugabyte.sql.readClock({ signal });
  const to = formatMicros(now);
  return { schedule, from: formatMicros(oldest.micros), to, snapshots };
}
