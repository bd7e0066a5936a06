import { cancellationSignal } from '@temporalio/activity';
import { catalogVersion } from '../run/catalog-version';
import type { ControlDependencies } from '../dependencies';
import { snapshotIds } from '../undo/snapshot-candidates';

/** Snapshots and catalog version before the snapshot: what a lost reply and a DDL are recognised by. */
export function makeLookBeforeSnapshot({ yugabyte }: ControlDependencies) {
  return async function lookBeforeSnapshot({
    database,
  }: {
    database: string;
  }): Promise<{ snapshotIds: string[]; catalogVersion: string }> {
    const cluster = yugabyte();
    return {
      snapshotIds: await snapshotIds(cluster, cancellationSignal()),
      catalogVersion: await catalogVersion(cluster, database, cancellationSignal()),
    };
  };
}
