import { randomUUID } from 'node:crypto';
import { canonicalJson } from '../canonical-json';
import type { ClusterStore } from '../cluster-store';
import { layout } from '../layout/layout';
import { clusterRecord, FORMAT, repositoryRecord } from './record-schemas';
import { createRecord, parseRecord, readRecord } from './records';
import { isRepositoryError, RepositoryError } from '../repository-error';
import { NameTaken, ownOr } from '../signing/name-taken';
import { createSigned, readSigned } from '../signing/signed-records';
import { requiresSignatures } from '../signing/trust';

/**
 * Creates the repository and the cluster's place in it, or finds them there. Fails with `PreflightFailed` if another
 * universe writes under this cluster's name.
 */
export async function registerCluster(repository: ClusterStore, universeId: string): Promise<void> {
  const { store, cluster } = repository;
  // It holds only the format, so it is not signed: it makes no difference who wrote it.
  const known = await ownOr(repository, layout.repository, () =>
    readRecord(store, layout.repository, repositoryRecord),
  );
  if (known === undefined)
    await createRecord(store, layout.repository, repositoryRecord, { format: FORMAT, repositoryId: randomUUID() });

  const registered = await universeAt(repository, layout.clusterRecord(cluster), universeId).catch(
    async (error: unknown) => {
      if (!isNotOurs(repository, error)) throw error;
      // Written before there were keys, or by someone else: objects never change, so the signed record is kept beside
      // it.
      const beside = layout.signedClusterRecord(cluster);
      return await ownOr(repository, beside, async () => await universeAt(repository, beside, universeId));
    },
  );
  if (registered === universeId) return;
  throw new RepositoryError(
    'PreflightFailed',
    `${store.location} holds backups of another universe (${registered}) under the cluster name "${cluster}"; this one is ${universeId}. Give this cluster another name, or another prefix, in kalpa.yaml.`,
  );
}

/** Whether a record of the cluster was not written by this repository's writers. */
const isNotOurs = ({ trust }: ClusterStore, error: unknown): boolean =>
  requiresSignatures(trust) && (isRepositoryError(error, 'ManifestInvalid') || error instanceof NameTaken);

/** The recorded universe; this one, if there is no record yet. */
async function universeAt(repository: ClusterStore, key: string, universeId: string): Promise<string> {
  const { cluster } = repository;
  const there = await readSigned(repository, 'cluster', key);
  const mine = canonicalJson({ format: FORMAT, cluster, universeId });
  const { payload } = there ?? (await createSigned(repository, 'cluster', key, mine));
  return recordedUniverse(repository, key, payload) ?? `that of another cluster`;
}

/** The universe that a record names; undefined if, without signatures, the record is another cluster's. */
function recordedUniverse({ store, cluster, trust }: ClusterStore, key: string, payload: Buffer): string | undefined {
  const where = `${store.location}/${key}`;
  const record = parseRecord(clusterRecord, payload, where);
  if (record.cluster === cluster) return record.universeId;
  if (!requiresSignatures(trust)) return undefined;
  throw new RepositoryError(
    'ManifestInvalid',
    `${where} is the record of cluster ${record.cluster}, so someone moved it there. Find out who wrote to the bucket.`,
  );
}

/**
 * The universe that writes under this cluster's name, by the record that `registerCluster` uses; undefined if there is
 * none.
 */
export async function registeredUniverse(repository: ClusterStore): Promise<string | undefined> {
  const { cluster } = repository;
  const read = async (key: string): Promise<string | undefined> => {
    const there = await readSigned(repository, 'cluster', key);
    return there && recordedUniverse(repository, key, there.payload);
  };
  return await read(layout.clusterRecord(cluster)).catch(async (error: unknown) => {
    if (!isNotOurs(repository, error)) throw error;
    return await read(layout.signedClusterRecord(cluster));
  });
}
