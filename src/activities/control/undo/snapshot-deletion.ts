import { deleteSnapshot as deleteCommand, listSnapshots, ToolFailed, type Yugabyte } from '../../../yugabyte';

/** Asks for a snapshot's deletion; one that is gone or being deleted is done. Deletion itself is asynchronous. */
export async function ensureDeleted(yugabyte: Yugabyte, snapshotId: string, signal: AbortSignal): Promise<boolean> {
  const listed = (await yugabyte.run(listSnapshots, {}, { signal })).find(({ id }) => id === snapshotId);
  if (!listed || listed.state === 'DELETING' || listed.state === 'DELETED') return false;
  try {
    await yugabyte.run(deleteCommand, { snapshotId }, { signal });
  } catch (error) {
    if (error instanceof ToolFailed && error.statusCode === 'Not found') return false; // gone since it was listed
    throw error;
  }
  return true;
}
