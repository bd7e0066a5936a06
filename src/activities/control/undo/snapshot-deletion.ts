import { deleteSnapshot as deleteCommand, listSnapshots, ToolFailed, type Yugabyte } from '../../../yugabyte';

/** Requests a snapshot's deletion; succeeds if it is gone or being deleted. The deletion itself is asynchronous. */
export async function ensureDeleted(yugabyte: Yugabyte, snapshotId: string, signal: AbortSignal): Promise<boolean> {
  const listed = (await yugabyte.run(listSnapshots, {}, { signal })).find(({ id }) => id === snapshotId);
  if (!listed || listed.state === 'DELETING' || listed.state === 'DELETED') return false;
  try {
    await yugabyte.run(deleteCommand, { snapshotId }, { signal });
  } catch (error) {
    if (error instanceof ToolFailed && error.statusCode === 'Not found') return false; // deleted since it was listed
    throw error;
  }
  return true;
}
