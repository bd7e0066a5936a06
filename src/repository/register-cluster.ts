import { randomUUID } from 'node:crypto';
import type { ClusterStore } from './cluster-store';
import { layout } from './layout';
import { clusterRecord, FORMAT, repositoryRecord } from './record-schemas';
import { createRecord, readRecord } from './records';
import { RepositoryError } from './repository-error';

/**
 * Makes the repository and the cluster's place in it, or finds them there. Fails with `PreflightFailed` when another
 * universe writes under this cluster's name.
 */
export async function registerCluster({ store, cluster }: ClusterStore, universeId: string): Promise<void> {
  const known = await readRecord(store, layout.repository, repositoryRecord);
  if (known === undefined)
    await createRecord(store, layout.repository, repositoryRecord, { format: FORMAT, repositoryId: randomUUID() });

  const key = layout.clusterRecord(cluster);
  const mine = { format: FORMAT, cluster, universeId } as const;
  const registered =
    (await readRecord(store, key, clusterRecord)) ??
    ((await createRecord(store, key, clusterRecord, mine)) ? mine : await readRecord(store, key, clusterRecord));
  if (registered?.universeId === universeId) return;
  throw new RepositoryError(
    'PreflightFailed',
    `${store.location} holds backups of another universe (${registered?.universeId ?? 'unknown'}) under the cluster name "${cluster}"; this one is ${universeId}. Give this cluster another name, or another prefix, in kalpa.yaml.`,
  );
}
