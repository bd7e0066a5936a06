import { isStoreError, sha256Of } from '../transfer';
import { headerProblem } from './backup-files';
import { canonicalJson } from './canonical-json';
import type { ClusterStore } from './cluster-store';
import { belowCluster, inCluster, layout } from './layout';
import { manifestHeader, type ManifestHeader } from './manifest-schema';
import { parseRecord } from './records';
import { RepositoryError } from './repository-error';

export interface CommittedManifest {
  key: string;
  sha256: string;
  /** False: an earlier attempt had committed the very same manifest. */
  committedNow: boolean;
}

/** A backup as it was committed. */
export interface StoredManifest {
  key: string;
  sha256: string;
  header: ManifestHeader;
}

/**
 * Commits a backup: one conditional create. The same bytes again are the same commit; other bytes under this id fail
 * with `AlreadyExists`.
 */
export async function commitManifest(
  { store, cluster }: ClusterStore,
  header: ManifestHeader,
): Promise<CommittedManifest> {
  const key = layout.manifest(cluster, header.backupId);
  const bytes = manifestBytes(cluster, header);
  const sha256 = sha256Of(bytes);
  try {
    await store.create(key, bytes, { sha256, contentType: 'application/json' });
    return { key, sha256, committedNow: true };
  } catch (error) {
    if (!isStoreError(error, 'exists')) throw error;
  }
  if (bytes.equals(await store.read(key))) return { key, sha256, committedNow: false };
  throw new RepositoryError(
    'AlreadyExists',
    `The backup ${header.backupId} is committed already, with another content, at ${store.location}/${key}. Manifests never change; start a new backup.`,
  );
}

/** The bytes of a manifest: a pure function of what was found. Throws `ManifestInvalid` when a field is wrong. */
export function manifestBytes(cluster: string, header: ManifestHeader): Buffer {
  const relative = <Ref extends { key: string }>(ref: Ref): Ref => ({ ...ref, key: belowCluster(cluster, ref.key) });
  const bytes = canonicalJson({
    ...header,
    segments: header.segments.map(relative),
    artefacts: header.artefacts.map(relative),
  });
  understood(bytes, `The manifest of ${header.backupId}`);
  return bytes;
}

/** A manifest whose every field is what Kalpa writes, and that fits together; keys are below the cluster's prefix. */
function understood(bytes: Buffer, where: string): ManifestHeader {
  const header = parseRecord(manifestHeader, bytes, where);
  const problem = headerProblem(header);
  if (problem === undefined) return header;
  throw new RepositoryError(
    'ManifestInvalid',
    `${where} does not fit together: ${problem}. Use another backup, and find out who wrote to the bucket.`,
  );
}

/** Reads a manifest, and compares its hash when one is known. `NotFound` when the backup was never committed. */
export async function readManifest(
  { store, cluster }: ClusterStore,
  backupId: string,
  sha256?: string,
): Promise<StoredManifest> {
  const key = layout.manifest(cluster, backupId);
  const bytes = await readCommitted(store, key, backupId, cluster);
  const found = sha256Of(bytes);
  if (sha256 !== undefined && found !== sha256) {
    throw new RepositoryError(
      'ManifestInvalid',
      `The manifest ${store.location}/${key} is not the one that was asked for: expected SHA-256 ${sha256}, found ${found}. Use another backup, and find out who wrote to the bucket.`,
    );
  }
  const header = understood(bytes, `${store.location}/${key}`);
  if (header.backupId !== backupId || header.cluster !== cluster) {
    throw new RepositoryError(
      'ManifestInvalid',
      `${store.location}/${key} is the manifest of ${header.backupId} of cluster ${header.cluster}. Someone moved it; use another backup.`,
    );
  }
  const complete = <Ref extends { key: string }>(ref: Ref): Ref => ({ ...ref, key: inCluster(cluster, ref.key) });
  return {
    key,
    sha256: found,
    header: { ...header, segments: header.segments.map(complete), artefacts: header.artefacts.map(complete) },
  };
}

async function readCommitted(
  store: ClusterStore['store'],
  key: string,
  backupId: string,
  cluster: string,
): Promise<Buffer> {
  try {
    return await store.read(key);
  } catch (error) {
    if (!isStoreError(error, 'missing') || error.code === 'NoSuchBucket') throw error;
    throw new RepositoryError(
      'NotFound',
      `There is no backup ${backupId} of cluster ${cluster} in ${store.location}. List what there is: kalpa backups.`,
      {
        cause: error,
      },
    );
  }
}
