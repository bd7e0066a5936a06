import { sha256Of } from '../../transfer';
import { headerProblem } from './backup-files';
import { canonicalJson } from '../canonical-json';
import type { ClusterStore } from '../cluster-store';
import { belowCluster, inCluster, layout } from '../layout/layout';
import { manifestHeader, type ManifestHeader } from './manifest-schema';
import { parseRecord } from '../records/records';
import { isRepositoryError, RepositoryError } from '../repository-error';
import { ownOr } from '../signing/name-taken';
import { createSigned, readSigned } from '../signing/signed-records';
import { Moved } from '../signing/trust';

export interface CommittedManifest {
  key: string;
  /** Of the payload. */
  sha256: string;
  /** False: an earlier attempt had committed the very same manifest. */
  committedNow: boolean;
}

/** A backup as it was committed. */
export interface StoredManifest {
  key: string;
  /** Of the payload. */
  sha256: string;
  header: ManifestHeader;
}

/**
 * Commits a backup: one conditional create, signed where this process has a key. The same payload again is the same commit,
 * whichever of the known keys signed it; another one under this id fails with `AlreadyExists`.
 */
export async function commitManifest(repository: ClusterStore, header: ManifestHeader): Promise<CommittedManifest> {
  const { store, cluster } = repository;
  const key = layout.manifest(cluster, header.backupId);
  const payload = manifestBytes(cluster, header);
  const { made, payload: there } = await createSigned(repository, 'manifest', key, payload);
  if (there.equals(payload)) return { key, sha256: sha256Of(payload), committedNow: made };
  throw new RepositoryError(
    'AlreadyExists',
    `The backup ${header.backupId} is committed already, with another content, at ${store.location}/${key}. Manifests never change; start a new backup.`,
  );
}

/** The backup that an earlier attempt of this run has committed. Fails with `NameTaken` where somebody else has written there. */
export async function findCommitted(repository: ClusterStore, backupId: string): Promise<StoredManifest | undefined> {
  const key = layout.manifest(repository.cluster, backupId);
  return await ownOr(repository, key, async () => await unlessMissing(() => readManifest(repository, backupId)));
}

/** What is read, or undefined where there is none. */
export async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isRepositoryError(error, 'NotFound')) return undefined;
    throw error;
  }
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

/**
 * Reads a manifest whose signature is proved, or whose payload has the hash that is given. `NotFound` when the backup was never
 * committed; `Untrusted` when no configured key has signed it.
 */
export async function readManifest(
  repository: ClusterStore,
  backupId: string,
  sha256?: string,
): Promise<StoredManifest> {
  const { store, cluster } = repository;
  const key = layout.manifest(cluster, backupId);
  const record = await readSigned(repository, 'manifest', key, sha256);
  if (!record)
    throw new RepositoryError(
      'NotFound',
      `There is no backup ${backupId} of cluster ${cluster} in ${store.location}. List what there is: kalpa backups.`,
    );
  const header = understood(record.payload, `${store.location}/${key}`);
  if (header.backupId !== backupId || header.cluster !== cluster) {
    throw new Moved(`${store.location}/${key}`, `the manifest of ${header.backupId} of cluster ${header.cluster}`);
  }
  const complete = <Ref extends { key: string }>(ref: Ref): Ref => ({ ...ref, key: inCluster(cluster, ref.key) });
  return {
    key,
    sha256: record.sha256,
    header: { ...header, segments: header.segments.map(complete), artefacts: header.artefacts.map(complete) },
  };
}
