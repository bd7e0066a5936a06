import { isStoreError, sha256Of } from '../transfer';
import type { ClusterStore } from './cluster-store';
import { CLOSED_ENDS, layout, type ClosedEnd } from './layout/layout';
import { isRepositoryError, RepositoryError } from './repository-error';
import { deletedIds } from './retention/deletions';
import { readTwice } from './records/records';
import { ownOr } from './signing/name-taken';
import { writeProved, type RecordForm } from './signing/proved-records';
import { createSigned, readSignedOnce, type SignedRecord } from './signing/signed-records';
import { requiresSignatures, type SignedKind } from './signing/trust';

/**
 * How backups and dumps come into being: a protection record before any data; then either a single manifest, written
 * last and never changed, which alone makes it exist, or a record of how it ended otherwise.
 */
export interface Protocol {
  noun: 'backup' | 'dump';
  signedAs: SignedKind;
  intents: (cluster: string) => string;
  intent: (cluster: string, id: string) => string;
  closed: (cluster: string) => string;
  manifests: (cluster: string) => string;
  manifest: (cluster: string, id: string) => string;
}

export const BACKUP_PROTOCOL: Protocol = {
  noun: 'backup',
  signedAs: 'manifest',
  intents: layout.intents,
  intent: layout.intent,
  closed: layout.closed,
  manifests: layout.manifests,
  manifest: layout.manifest,
};

export const DUMP_PROTOCOL: Protocol = {
  noun: 'dump',
  signedAs: 'dump-manifest',
  intents: layout.dumpIntents,
  intent: layout.dumpIntent,
  closed: layout.dumpsClosed,
  manifests: layout.dumpManifests,
  manifest: layout.dumpManifest,
};

/**
 * Writes the protection record. True: this call made it; false: an earlier attempt of this run did. Fails with
 * `AlreadyExists` if another run has this id, and with `NameTaken` if someone else wrote under its key.
 */
export async function protect<T extends { workflowId: string; firstRunId: string }>(
  repository: ClusterStore,
  { noun, intent }: Protocol,
  id: string,
  { form, record: intended }: { form: RecordForm<T>; record: T },
): Promise<boolean> {
  const { made, record } = await writeProved(repository, form, intent(repository.cluster, id), intended);
  if (record.firstRunId === intended.firstRunId) return made;
  throw new RepositoryError(
    'AlreadyExists',
    `The ${noun} id ${id} is taken by ${record.workflowId}. Start a new ${noun}.`,
  );
}

/**
 * Records, at the store's time, how one that was never committed ended. The first record stays. True: this call made
 * it.
 */
export async function close<T>(
  repository: ClusterStore,
  form: RecordForm<T>,
  closing: (closedAt: string) => { key: string; record: T },
): Promise<boolean> {
  const { key, record } = closing((await repository.store.serverTime()).toISOString());
  return (await writeProved(repository, form, key, record)).made;
}

/**
 * Whether it exists. Where records are signed, a manifest that no known key signed does not count; otherwise only
 * object metadata is read.
 */
export async function exists(
  { store, cluster, trust }: ClusterStore,
  { manifest }: Protocol,
  id: string,
  read: () => Promise<unknown>,
): Promise<boolean> {
  if (requiresSignatures(trust)) return await isProved(read);
  return await objectExists(store, manifest(cluster, id));
}

/**
 * Commits: one conditional create, signed if this process has a key. Committing the same payload again is the same
 * commit, whichever known key signed it; a different payload under this id fails with `AlreadyExists`.
 */
export async function commit(
  repository: ClusterStore,
  { noun, signedAs, manifest }: Protocol,
  id: string,
  payload: Buffer,
): Promise<{ key: string; sha256: string; committedNow: boolean }> {
  const { store, cluster } = repository;
  const key = manifest(cluster, id);
  const { made, payload: there } = await createSigned(repository, signedAs, key, payload);
  if (there.equals(payload)) return { key, sha256: sha256Of(payload), committedNow: made };
  throw new RepositoryError(
    'AlreadyExists',
    `The ${noun} ${id} is already committed with different content, at ${store.location}/${key}. Manifests never change; start a new ${noun}.`,
  );
}

/**
 * What an earlier attempt of this run committed, or undefined. Fails with `NameTaken` if someone else has written under
 * its key.
 */
export async function committedBefore<T>(
  repository: ClusterStore,
  { manifest }: Protocol,
  id: string,
  read: () => Promise<T>,
): Promise<T | undefined> {
  return await ownOr(repository, manifest(repository.cluster, id), async () => {
    try {
      return await read();
    } catch (error) {
      if (isRepositoryError(error, 'NotFound')) return undefined;
      throw error;
    }
  });
}

/**
 * The committed manifest, its signature verified, or its payload matched against the given hash. `NotFound` if it was
 * never committed; `Untrusted` if no configured key has signed it.
 */
export async function readCommitted<T>(
  repository: ClusterStore,
  { noun, signedAs, manifest }: Protocol,
  { id, sha256 }: { id: string; sha256: string | undefined },
  understand: (record: SignedRecord, key: string) => T,
): Promise<T> {
  const { store, cluster } = repository;
  const key = manifest(cluster, id);
  return await readTwice(async () => {
    const record = await readSignedOnce(repository, signedAs, key, sha256);
    if (record) return understand(record, key);
    throw new RepositoryError(
      'NotFound',
      `There is no complete ${noun} ${id} of cluster ${cluster} in ${store.location}. List what there is: kalpa ${noun}s.`,
    );
  });
}

/** How far one has come, as far as listings show it. */
export interface ListedState {
  /** `deleted`: there is a tombstone, whatever objects are still there. */
  state: 'running' | 'committed' | 'deleted' | ClosedEnd;
  /** When it was committed, closed or deleted, by the store's clock. */
  endedAt?: Date | undefined;
  /** Size of its manifest, if there is one. */
  manifestBytes?: number;
}

/**
 * Everything that listings show, by id; `start`: only ids that begin so, which others than those meant may do too.
 */
export async function listStates(
  repository: ClusterStore,
  { noun, intents, closed, manifests }: Protocol,
  start: string,
): Promise<Map<string, ListedState>> {
  const { store, cluster } = repository;
  const names = async (prefix: string): Promise<{ name: string; at: Date | undefined; size: number }[]> => {
    const found = [];
    for await (const { key, lastModified: at, size } of store.list(prefix + start))
      found.push({ name: key.slice(prefix.length).replace(/\.json$/, ''), at, size });
    return found;
  };
  const [begun, ended, committed] = await Promise.all([
    names(intents(cluster)),
    names(closed(cluster)),
    names(manifests(cluster)),
  ]);
  const states = new Map<string, ListedState>();
  for (const { name } of begun) states.set(name, { state: 'running' });
  for (const { name, at: endedAt } of ended) {
    const end = CLOSED_ENDS.find((known) => name.endsWith(`-${known}`));
    if (end !== undefined) states.set(name.slice(0, -end.length - 1), { state: end, endedAt });
  }
  for (const { name, at: endedAt, size: manifestBytes } of committed)
    states.set(name, { state: 'committed', endedAt, manifestBytes });
  // Tombstones last: whatever is deleted during these reads is listed as deleted.
  const deleted = await deletedIds(repository, noun, { start, matters: (id) => states.get(id)?.state === 'committed' });
  for (const [id, endedAt] of deleted) states.set(id, { ...states.get(id), state: 'deleted', endedAt });
  return states;
}

/** Oldest first; those of the same second by id. */
export function oldestFirst<T extends { startedAt: string }>(idOf: (entry: T) => string): (a: T, b: T) => number {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return (a, b) => compare(a.startedAt, b.startedAt) || compare(idOf(a), idOf(b));
}

/** Whether a record can be read and is trusted. */
async function isProved(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read();
    return true;
  } catch (error) {
    if (isRepositoryError(error, 'NotFound') || isRepositoryError(error, 'ManifestInvalid')) return false;
    throw error;
  }
}

/** Whether an object exists under a key. */
export async function objectExists(store: ClusterStore['store'], key: string): Promise<boolean> {
  try {
    await store.head(key);
    return true;
  } catch (error) {
    if (isStoreError(error, 'missing') && error.code !== 'NoSuchBucket') return false;
    throw error;
  }
}
