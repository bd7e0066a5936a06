import { cancellationSignal } from '@temporalio/activity';
import { deleteSnapshot as deleteCommand, listSnapshots, ToolFailed, type Yugabyte } from '../../yugabyte';
import type { Guarded } from '../shapes';
import type { ControlDependencies } from './dependencies';
import { confirmGuardians } from './guardian-state';

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

/** Deletes a snapshot that was printed to this run. */
export function makeDeleteSnapshot(dependencies: ControlDependencies) {
  return async function deleteSnapshot({
    guarded,
    snapshotId,
  }: {
    guarded: Guarded;
    snapshotId: string;
  }): Promise<void> {
    await confirmGuardians(dependencies, guarded);
    await ensureDeleted(dependencies.yugabyte(), snapshotId, cancellationSignal());
  };
}
