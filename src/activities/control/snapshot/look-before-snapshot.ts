import { cancellationSignal } from '@temporalio/activity';
import { bareName } from '../../../contract';
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
    const signal = cancellationSignal();
    return {
      snapshotIds: await snapshotIds(cluster, signal),
      catalogVersion: await cluster.api(database).catalogVersion(bareName(database), { signal }),
    };
  };
}
