import { cancellationSignal } from '@temporalio/activity';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { ensureDeleted } from '../undo/snapshot-deletion';

/** Deletes a snapshot whose id was printed to this run. */
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
