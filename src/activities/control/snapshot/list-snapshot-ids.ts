import { cancellationSignal } from '@temporalio/activity';
import type { ControlDependencies } from '../dependencies';
import { snapshotIds } from '../undo/snapshot-candidates';

/** The snapshots before a step that makes one, so that a lost reply can be found again. */
export function makeListSnapshotIds({ yugabyte }: ControlDependencies) {
  return async function listSnapshotIds(): Promise<{ snapshotIds: string[] }> {
    return { snapshotIds: await snapshotIds(yugabyte(), cancellationSignal()) };
  };
}
