import { cancellationSignal } from '@temporalio/activity';
import { bareName } from '../../../contract';
import type { ControlDependencies } from '../dependencies';
import { snapshotIds } from '../undo/snapshot-candidates';

/** The snapshots before a step that makes one, so that a lost reply can be found again. */
export function makeListSnapshotIds({ yugabyte }: ControlDependencies) {
  return async function listSnapshotIds(): Promise<{ snapshotIds: string[] }> {
    return { snapshotIds: await snapshotIds(yugabyte(), cancellationSignal()) };
  };
}

/** Snapshots and catalog version before the snapshot: what a lost reply and a DDL are recognised by. */
export function makeLookBeforeSnapshot({ yugabyte }: ControlDependencies) {
  return async function lookBeforeSnapshot({
    database,
  }: {
    database: string;
  }): Promise<{ snapshotIds: string[]; catalogVersion: string }> {
    const cluster = yugabyte();
    const signal = cancellationSignal();
    return {
      snapshotIds: await snapshotIds(cluster, signal),
      catalogVersion: await cluster.api(database).catalogVersion(bareName(database), { signal }),
    };
  };
}
