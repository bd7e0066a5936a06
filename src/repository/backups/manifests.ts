import { headerProblem } from './backup-files';
import { canonicalJson } from '../canonical-json';
import type { ClusterStore } from '../cluster-store';
import { commit, committedBefore, exists, BACKUP_PROTOCOL, readCommitted } from '../commit-protocol';
import { relativeToCluster, inCluster } from '../layout/layout';
import { manifestHeader, type ManifestHeader } from './manifest-schema';
import { parseRecord } from '../records/records';
import { RepositoryError } from '../repository-error';
import { Moved } from '../signing/trust';

export interface CommittedManifest {
  key: string;
  /** Of the payload. */
  sha256: string;
  /** False: an earlier attempt had committed exactly this manifest. */
  committedNow: boolean;
}

/** A committed backup. */
export interface StoredManifest {
  key: string;
  /** Of the payload. */
  sha256: string;
  header: ManifestHeader;
}

/** Commits a backup; see `commit`. */
export async function commitManifest(repository: ClusterStore, header: ManifestHeader): Promise<CommittedManifest> {
  return await commit(repository, BACKUP_PROTOCOL, header.backupId, manifestBytes(repository.cluster, header));
}

/**
 * The backup that an earlier attempt of this run committed. Fails with `NameTaken` if someone else has written under
 * its key.
 */
export async function findCommitted(repository: ClusterStore, backupId: string): Promise<StoredManifest | undefined> {
  return await committedBefore(repository, BACKUP_PROTOCOL, backupId, () => readManifest(repository, backupId));
}

/** Whether the backup exists. */
export async function isCommitted(repository: ClusterStore, backupId: string): Promise<boolean> {
  return await exists(repository, BACKUP_PROTOCOL, backupId, () => readManifest(repository, backupId));
}

/** The bytes of a manifest: a pure function of its content. Throws `ManifestInvalid` if a field is invalid. */
export function manifestBytes(cluster: string, header: ManifestHeader): Buffer {
  const relative = <Ref extends { key: string }>(ref: Ref): Ref => ({
    ...ref,
    key: relativeToCluster(cluster, ref.key),
  });
  const bytes = canonicalJson({
    ...header,
    segments: header.segments.map(relative),
    artefacts: header.artefacts.map(relative),
  });
  understood(bytes, `The manifest of ${header.backupId}`);
  return bytes;
}

/**
 * Parses a manifest: every field must be one that Kalpa writes, and they must be consistent. Keys are relative to the
 * cluster.
 */
function understood(bytes: Buffer, where: string): ManifestHeader {
  const header = parseRecord(manifestHeader, bytes, where);
  const problem = headerProblem(header);
  if (problem === undefined) return header;
  throw new RepositoryError(
    'ManifestInvalid',
    `${where} is inconsistent: ${problem}. Use another backup, and find out who wrote to the bucket.`,
  );
}

/** Reads a manifest as `readCommitted` does, with complete keys. */
export async function readManifest(
  repository: ClusterStore,
  backupId: string,
  sha256?: string,
): Promise<StoredManifest> {
  const { store, cluster } = repository;
  return await readCommitted(repository, BACKUP_PROTOCOL, { id: backupId, sha256 }, (record, key) => {
    const header = understood(record.payload, `${store.location}/${key}`);
    if (header.backupId !== backupId || header.cluster !== cluster)
      throw new Moved(`${store.location}/${key}`, `the manifest of ${header.backupId} of cluster ${header.cluster}`);
    const complete = <Ref extends { key: string }>(ref: Ref): Ref => ({ ...ref, key: inCluster(cluster, ref.key) });
    return {
      key,
      sha256: record.sha256,
      header: { ...header, segments: header.segments.map(complete), artefacts: header.artefacts.map(complete) },
    };
  });
}
