import { deleteSnapshotSchedule, listSnapshotSchedules, ToolFailed, type Yugabyte } from '../../../yugabyte';

/** Schedules that appeared since `listedBefore` and may be of this database. 2.6 does not print what one covers. */
export async function newSchedules(
  yugabyte: Yugabyte,
  database: string,
  listedBefore: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  return (await yugabyte.run(listSnapshotSchedules, {}, { signal }))
    .filter(({ deleted, filter }) => !deleted && (filter === undefined || filter === database))
    .map(({ id }) => id)
    .filter((id) => !listedBefore.includes(id));
}

/** Requests the deletion of a schedule with its snapshots; succeeds if it is gone or being deleted. */
export async function ensureScheduleDeleted(
  yugabyte: Yugabyte,
  scheduleId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const listed = (await yugabyte.run(listSnapshotSchedules, {}, { signal })).find(({ id }) => id === scheduleId);
  if (!listed || listed.deleted) return false;
  try {
    await yugabyte.run(deleteSnapshotSchedule, { scheduleId }, { signal });
  } catch (error) {
    if (error instanceof ToolFailed && error.statusCode === 'Not found') return false; // deleted since it was listed
    throw error;
  }
  return true;
}
