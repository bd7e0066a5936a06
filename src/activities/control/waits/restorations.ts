import {
  listSnapshotRestorations,
  listSnapshotSchedules,
  type ListedRestoration,
  type Yugabyte,
} from '../../../yugabyte';

/** What a restoration may be of: given snapshots, or any snapshot that the cluster chose or made for a schedule. */
export type RestoredFrom = { snapshotIds: readonly string[] } | { scheduleId: string };

/**
 * Restorations that began since `listedBefore` and may be ours. 2.6 does not print the snapshot, so every new one
 * counts there.
 */
export async function newRestorations(
  yugabyte: Yugabyte,
  from: RestoredFrom,
  listedBefore: readonly string[],
  signal: AbortSignal,
): Promise<ListedRestoration[]> {
  const listed = (await yugabyte.run(listSnapshotRestorations, {}, { signal })).filter(
    ({ id }) => !listedBefore.includes(id),
  );
  if (listed.length === 0) return [];
  const snapshotIds = 'snapshotIds' in from ? from.snapshotIds : await snapshotsOfSchedule(yugabyte, from, signal);
  return listed.filter(({ snapshotId }) => snapshotId === undefined || snapshotIds.includes(snapshotId));
}

async function snapshotsOfSchedule(
  yugabyte: Yugabyte,
  { scheduleId }: { scheduleId: string },
  signal: AbortSignal,
): Promise<string[]> {
  const schedules = await yugabyte.run(listSnapshotSchedules, {}, { signal });
  return schedules.find(({ id }) => id === scheduleId)?.snapshots.map(({ id }) => id) ?? [];
}
