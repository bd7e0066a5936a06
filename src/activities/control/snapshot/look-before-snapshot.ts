import { cancellationSignal } from '@temporalio/activity';
import { bareName } from '../../../contract';
import type { ControlDependencies } from '../dependencies';
import { snapshotIds } from '../undo/snapshot-candidates';

/** The snapshots listed before a step that creates one, so that it can be recognised after a lost reply. */
export function makeListSnapshotIds({ yugabyte }: ControlDependencies) {
  return async function listSnapshotIds(): Promise<{ snapshotIds: string[] }> {
    return { snapshotIds: await snapshotIds(yugabyte(), cancellationSignal()) };
  };
}

/** Snapshots and catalog version before the snapshot, to recognise a lost reply or DDL. */
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
