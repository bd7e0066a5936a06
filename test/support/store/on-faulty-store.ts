import type { ClusterRequest } from '../../host/hosted-cluster';
import { onCluster, type FaultCluster } from '../cluster/fault-cluster';
import { FaultyStore } from './faulty-store';
import { stackJson, until } from '../stack';
import { untilPending } from '../cluster/watch-run';

/** Runs one test on a cluster of its own whose workers reach S3 through something that spoils requests. */
export async function onFaultyStore(
  request: Omit<ClusterRequest, 'name' | 's3Endpoint'>,
  work: (cluster: FaultCluster, store: FaultyStore) => Promise<void>,
): Promise<void> {
  const store = await FaultyStore.before(stackJson().s3.endpoint);
  try {
    await onCluster({ ...request, s3Endpoint: store.url }, async (cluster) => {
      await work(cluster, store);
      store.disarm();
    });
  } finally {
    await store.stop();
  }
}

/** The store is unavailable until the guardian of the run that needs it has deleted its snapshot. */
export async function awayUntilSnapshotDeleted(
  cluster: FaultCluster,
  store: FaultyStore,
  database: string,
): Promise<void> {
  store.arm('reset', () => true, Infinity);
  await untilPending(cluster.client.workflow.getHandle(`busy/${cluster.name}/${database}`), 'undo');
  await until('the snapshot is deleted', async () => {
    const { snapshots } = await cluster.status();
    return snapshots.every(({ state }) => state !== 'COMPLETE');
  });
  store.disarm();
}
