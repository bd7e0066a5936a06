import { cancellationSignal } from '@temporalio/activity';
import { listSnapshotRestorations, listSnapshots, tablesOf } from '../../../yugabyte';
import type { Api } from '../../../contract';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';

/**
 * The last look before `restore_snapshot`: a replica on a node that is not ALIVE stops the restore here (its tserver
 * would crash on the missing directory), and so does an imported snapshot that has expired in the cluster.
 */
export function makeLookBeforeRestore({ yugabyte }: ControlDependencies) {
  return async function lookBeforeRestore({
    snapshotId,
    name,
    api = 'ysql',
  }: {
    snapshotId: string;
    /** Bare name of the database that it is restored into. */
    name: string;
    api?: Api;
  }): Promise<{ restorationIds: string[] }> {
    const cluster = yugabyte();
    const signal = cancellationSignal();
    const snapshot = (await cluster.run(listSnapshots, {}, { signal })).find(({ id }) => id === snapshotId);
    if (snapshot?.state !== 'COMPLETE') {
      throw failWith(
        'RestoreFailed',
        `The snapshot ${snapshotId} of ${name} is ${snapshot?.state ?? 'gone'}, and could not be restored (has it expired, or was it deleted by hand?). Nothing was restored; start the restore again.`,
      );
    }
    const dead = (await cluster.tservers()).filter(({ alive }) => !alive);
    const entities = await cluster.http.dumpEntities();
    const tables = new Set(tablesOf(entities, `${api}.${name}`).map(({ id }) => id));
    const tablets = entities.tablets.filter(({ tableId }) => tables.has(tableId));
    const onDead = dead.filter(({ uuid }) =>
      tablets.some(({ replicas }) => replicas.some((replica) => replica.tserverUuid === uuid)),
    );
    if (onDead.length > 0) {
      throw failWith(
        'NodeUnavailable',
        `${onDead.map(({ address }) => address).join(', ')} hold replicas of ${name} and are not ALIVE; restoring now would crash them at their next start. Start their tservers, or remove them from the cluster.`,
      );
    }
    return { restorationIds: (await cluster.run(listSnapshotRestorations, {}, { signal })).map(({ id }) => id) };
  };
}
