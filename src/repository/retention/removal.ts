import { isStoreError, type ObjectLock, type ObjectStore, type VersionName } from '../../transfer';
import type { ClusterStore } from '../cluster-store';
import { CLOSED_ENDS, layout, type BackupKind } from '../layout/layout';

/** What one sweep removes, and for how long it may. */
export interface Removing {
  versioned: boolean;
  /** After that, what was found out about references does not count any more. */
  until: Date;
  /** Counted up. */
  removed: { objects: number; bytes: number };
  signal?: AbortSignal | undefined;
  /** Told after each batch, for heartbeats. */
  onBatch?: ((done: { objects: number; bytes: number }) => void) | undefined;
}

/** An object that could not be removed. */
export interface Left {
  key: string;
  versionId?: string | undefined;
  reason: string;
}

/**
 * A sweep that has lasted for so long ends, and the next one looks anew: what was deleted when it began may have been
 * given back, referred to and deleted once more since then.
 */
export async function isStale({ store }: ClusterStore, { until }: Removing): Promise<boolean> {
  return (await store.serverTime()) > until;
}

export const STALE = 'the sweep has lasted too long to go on with what it knew; the next one looks anew';

/** A janitor that may not ask learns it from the deletion. */
export async function lockOn(store: ObjectStore, key: string, versionId?: string): Promise<ObjectLock | undefined> {
  try {
    return await store.retention(key, { versionId });
  } catch (error) {
    if (isStoreError(error, 'missing', 'denied')) return undefined;
    throw error;
  }
}

/** What a locked object waits for is said by its lock, not by the refusal. */
export async function reasonOf(store: ObjectStore, left: Left | undefined): Promise<string> {
  if (left === undefined) return '';
  const { key, versionId, reason } = left;
  const lock = await lockOn(store, key, versionId);
  return lock === undefined ? `${key}: ${reason}` : `${key} is locked until ${lock.until}, ${lock.mode} mode`;
}

/**
 * Its small records, the manifest last: as long as that stands, whoever looks finds all of them. The tombstone stays.
 */
export function recordsOf(cluster: string, kind: BackupKind, id: string): string[] {
  if (kind === 'dump')
    return [
      layout.leasesOf(cluster, kind, id),
      `${layout.verifications(cluster, kind)}${id}/`,
      layout.proofs(cluster, kind, id),
      `${layout.holds(cluster, kind)}${id}.`,
      ...CLOSED_ENDS.map((end) => layout.dumpClosed(cluster, id, end)),
      layout.dumpIntent(cluster, id),
      layout.dumpManifest(cluster, id),
    ];
  return [
    layout.leasesOf(cluster, kind, id),
    `${layout.verifications(cluster)}${id}/`,
    layout.proofs(cluster, kind, id),
    layout.repairsOf(cluster, id),
    `${layout.holds(cluster, kind)}${id}.`,
    ...CLOSED_ENDS.map((end) => layout.closedRecord(cluster, id, end)),
    layout.intent(cluster, id),
    layout.manifest(cluster, id),
  ];
}

/** Below which `recordsOf` stand, of all backups or dumps. */
export const recordFolders = (cluster: string, kind: BackupKind): string[] => [
  layout.leases(cluster, kind),
  layout.verifications(cluster, kind),
  layout.proofsOfAll(cluster, kind),
  layout.holds(cluster, kind),
  ...(kind === 'dump'
    ? [layout.dumpsClosed(cluster), layout.dumpIntents(cluster), layout.dumpManifests(cluster)]
    : [layout.repairs(cluster), layout.closed(cluster), layout.intents(cluster), layout.manifests(cluster)]),
];

/**
 * What is listed below a prefix may belong to others: a database may be called as a backup is, so that ids and the
 * names of records begin with those of another one. A folder is meant whole, a row of numbered records as such, and
 * everything else is one object.
 */
function isMeant(prefix: string, key: string): boolean {
  if (prefix.endsWith('/')) return true;
  return prefix.endsWith('.') ? /^\d+\.json$/.test(key.slice(prefix.length)) : key === prefix;
}

/** Objects in one request of the store. */
const BATCH = 1000;

/** Removes everything below a prefix but what is needed; returns what could not be. */
export async function removeBelow(
  repository: ClusterStore,
  prefix: string,
  needed: ReadonlySet<string>,
  work: Removing,
): Promise<Left[]> {
  const { store } = repository;
  const { versioned, signal, onBatch, removed } = work;
  const problems: Left[] = [];
  let batch: { name: string | VersionName; size: number }[] = [];
  const flush = async (): Promise<void> => {
    signal?.throwIfAborted();
    if (await isStale(repository, work)) {
      const [{ name } = { name: prefix }] = batch;
      problems.push({ ...(typeof name === 'string' ? { key: name } : name), reason: STALE });
      batch = [];
      return;
    }
    const failed = await store.delete(batch.map(({ name }) => name));
    const gone = batch.length - failed.length;
    const nameOf = ({ key, versionId }: { key: string; versionId?: string | undefined }): string =>
      `${key}\0${versionId ?? ''}`;
    const notGone = new Set(failed.map(nameOf));
    const sizes = batch.map(({ name, size }) =>
      notGone.has(nameOf(typeof name === 'string' ? { key: name } : name)) ? 0 : size,
    );
    removed.objects += gone;
    removed.bytes += sizes.reduce((sum, size) => sum + size, 0);
    problems.push(...failed);
    onBatch?.({ objects: removed.objects, bytes: removed.bytes });
    batch = [];
  };
  const add = async (name: string | VersionName, size: number): Promise<void> => {
    const key = typeof name === 'string' ? name : name.key;
    if (needed.has(key) || !isMeant(prefix, key)) return;
    batch.push({ name, size });
    if (batch.length === BATCH) await flush();
  };
  if (versioned)
    for await (const { key, versionId, size } of store.listVersions(prefix)) await add({ key, versionId }, size);
  else for await (const { key, size } of store.list(prefix)) await add(key, size);
  if (batch.length > 0) await flush();
  return problems;
}
