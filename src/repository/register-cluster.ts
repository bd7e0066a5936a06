import { randomUUID } from 'node:crypto';
import { canonicalJson } from './canonical-json';
import type { ClusterStore } from './cluster-store';
import { layout } from './layout';
import { clusterRecord, FORMAT, repositoryRecord } from './record-schemas';
import { createRecord, parseRecord, readRecord } from './records';
import { RepositoryError } from './repository-error';
import { createSigned, readSigned } from './signing/signed-records';
import { Untrusted } from './signing/trust';

/**
 * Makes the repository and the cluster's place in it, or finds them there. Fails with `PreflightFailed` when another
 * universe writes under this cluster's name.
 */
export async function registerCluster(repository: ClusterStore, universeId: string): Promise<void> {
  const { store, cluster } = repository;
  const known = await readRecord(store, layout.repository, repositoryRecord);
  if (known === undefined)
    await createRecord(store, layout.repository, repositoryRecord, { format: FORMAT, repositoryId: randomUUID() });

  const registered = await universeAt(repository, layout.clusterRecord(cluster), universeId).catch(
    async (error: unknown) => {
      if (!(error instanceof Untrusted)) throw error;
      // Written before there were keys, or by a stranger: objects never change, so the signed record stands beside it.
      return await universeAt(repository, layout.signedClusterRecord(cluster), universeId);
    },
  );
  if (registered === universeId) return;
  throw new RepositoryError(
    'PreflightFailed',
    `${store.location} holds backups of another universe (${registered}) under the cluster name "${cluster}"; this one is ${universeId}. Give this cluster another name, or another prefix, in kalpa.yaml.`,
  );
}

/** Which universe is recorded there; this one, where there is no record yet. */
async function universeAt(repository: ClusterStore, key: string, universeId: string): Promise<string> {
  const { cluster } = repository;
  const there = await readSigned(repository, 'cluster', key);
  const mine = canonicalJson({ format: FORMAT, cluster, universeId });
  if (!there && (await createSigned(repository, 'cluster', key, mine)) !== undefined) return universeId;
  const record = there ?? (await readSigned(repository, 'cluster', key));
  const known = parseRecord(clusterRecord, record?.payload ?? mine, `${repository.store.location}/${key}`);
  return known.cluster === cluster ? known.universeId : `that of cluster ${known.cluster}`;
}

/** The universe that writes under this cluster's name, by the record that `registerCluster` goes by; undefined where there is none. */
export async function registeredUniverse(repository: ClusterStore): Promise<string | undefined> {
  const { store, cluster } = repository;
  const read = async (key: string): Promise<string | undefined> => {
    const there = await readSigned(repository, 'cluster', key);
    return there && parseRecord(clusterRecord, there.payload, `${store.location}/${key}`).universeId;
  };
  return await read(layout.clusterRecord(cluster)).catch(async (error: unknown) => {
    if (!(error instanceof Untrusted)) throw error;
    return await read(layout.signedClusterRecord(cluster));
  });
}
