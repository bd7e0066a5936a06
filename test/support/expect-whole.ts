import type { FaultCluster } from './cluster/fault-cluster';

/** The backup is whole: restored beside its database it has the same tables and rows. */
export async function expectWhole(
  cluster: FaultCluster,
  database: string,
  { backupId }: { backupId: string },
): Promise<void> {
  await cluster.restore({ cluster, backupId, content: {} }, 'copy');
  expect(await cluster.content('copy')).toEqual(await cluster.content(database));
}
