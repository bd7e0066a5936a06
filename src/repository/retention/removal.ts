import { isStoreError, type ObjectLock, type ObjectStore, type VersionName } from '../../transfer';
import type { ClusterStore } from '../cluster-store';
import { CLOSED_ENDS, layout, type BackupKind } from '../layout/layout';

/** What one sweep removes, and for how long it may. */
export interface Removing {
  versioned: boolean;
  /** After this, the references that were found can't be relied on. */
  until: Date;
  /** Counted up. */
  removed: { objects: number; bytes: number };
  signal?: AbortSignal | undefined;
  /** Called after each batch, for heartbeats. */
  onBatch?: ((done: { objects: number; bytes: number }) => void) | undefined;
}

/** An object that could not be removed. */
export interface RemainingObject {
  key: string;
  versionId?: string | undefined;
  reason: string;
}

/**
 * A sweep ends after this time, and the next one reads the references again: a candidate may have been undeleted,
 * referred to and deleted again since the sweep began.
 */
export async function isStale({ store }: ClusterStore, { until }: Removing): Promise<boolean> {
  return (await store.serverTime()) > until;
}

export const STALE = 'the sweep has run for too long to rely on what it had read; the next one reads it again';

/** A janitor that may not read locks learns of them when a deletion is refused. */
export async function lockOn(store: ObjectStore, key: string, versionId?: string): Promise<ObjectLock | undefined> {
  try {
    return await store.retention(key, { versionId });
  } catch (error) {
    if (isStoreError(error, 'missing', 'denied')) return undefined;
    throw error;
  }
}

/** For a locked object, its lock says more than the refusal does. */
export async function reasonOf(store: ObjectStore, left: RemainingObject | undefined): Promise<string> {
  if (left === undefined) return '';
  const { key, versionId, reason } = left;
  const lock = await lockOn(store, key, versionId);
  return lock === undefined ? `${key}: ${reason}` : `${key} is locked until ${lock.until}, ${lock.mode} mode`;
}

/**
 * Its small records, the manifest last: while that exists, the other records can still be found. The tombstone stays.
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
 * A listing below a prefix may include what belongs to others: a database may be named like a backup, so that its ids
 * and record names begin with another's. Folders are matched whole, numbered records as a chain, and everything else by
 * its exact key.
 */
function isMeant(prefix: string, key: string): boolean {
  if (prefix.endsWith('/')) return true;
  return prefix.endsWith('.') ? /^\d+\.json$/.test(key.slice(prefix.length)) : key === prefix;
}

/** Objects per request. */
const BATCH = 1000;

/** Removes everything below a prefix except what is needed; returns what could not be removed. */
export async function removeUnder(
  repository: ClusterStore,
  prefix: string,
  needed: Pick<ReadonlySet<string>, 'has'>,
  work: Removing,
): Promise<RemainingObject[]> {
  const { store } = repository;
  const { versioned, signal, onBatch, removed } = work;
  const problems: RemainingObject[] = [];
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
    const removedObjects = batch.length - failed.length;
    const nameOf = ({ key, versionId }: { key: string; versionId?: string | undefined }): string =>
      `${key}\0${versionId ?? ''}`;
    const notRemoved = new Set(failed.map(nameOf));
    const sizes = batch.map(({ name, size }) =>
      notRemoved.has(nameOf(typeof name === 'string' ? { key: name } : name)) ? 0 : size,
    );
    removed.objects += removedObjects;
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
