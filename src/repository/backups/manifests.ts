import { headerProblem, listsProblem } from './backup-files';
import { canonicalJson } from '../canonical-json';
import type { ClusterStore } from '../cluster-store';
import { commit, committedBefore, exists, BACKUP_PROTOCOL, readCommitted } from '../commit-protocol';
import { relativeToCluster, inCluster } from '../layout/layout';
import { withListsApart, withListsOf } from './manifest-lists';
import { headerWithoutLists, type ManifestHeader, type HeaderWithoutLists } from './manifest-schema';
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
export interface StoredManifest<Header = ManifestHeader> {
  key: string;
  /** Of the payload. */
  sha256: string;
  header: Header;
}

/** Commits a backup; see `commit`. The lists of a large one are written first, as artefacts. */
export async function commitManifest(repository: ClusterStore, header: ManifestHeader): Promise<CommittedManifest> {
  refuse(listsProblem(header), `The manifest of ${header.backupId}`);
  const bytes = manifestBytes(repository.cluster, await withListsApart(repository, header));
  return await commit(repository, BACKUP_PROTOCOL, header.backupId, bytes);
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
  return await exists(repository, BACKUP_PROTOCOL, backupId, () => readWithoutLists(repository, backupId));
}

/** The bytes of a manifest: a pure function of its content. Throws `ManifestInvalid` if a field is invalid. */
export function manifestBytes(cluster: string, header: HeaderWithoutLists): Buffer {
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
function understood(bytes: Buffer, where: string): HeaderWithoutLists {
  const header = parseRecord(headerWithoutLists, bytes, where);
  refuse(headerProblem(header), where);
  return header;
}

function refuse(problem: string | undefined, where: string): void {
  if (problem === undefined) return;
  throw new RepositoryError(
    'ManifestInvalid',
    `${where} is inconsistent: ${problem}. Use another backup, and find out who wrote to the bucket.`,
  );
}

/** Reads a manifest as `readCommitted` does, with complete keys, and its tables and tablets. */
export async function readManifest(
  repository: ClusterStore,
  backupId: string,
  sha256?: string,
): Promise<StoredManifest> {
  const { header: summary, ...stored } = await readWithoutLists(repository, backupId, sha256);
  const header = await withListsOf(repository, summary);
  refuse(listsProblem(header), `${repository.store.location}/${stored.key}`);
  return { ...stored, header };
}

/** The same as it is stored: one request, for whoever needs neither tables nor tablets. */
export async function readWithoutLists(
  repository: ClusterStore,
  backupId: string,
  sha256?: string,
): Promise<StoredManifest<HeaderWithoutLists>> {
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
