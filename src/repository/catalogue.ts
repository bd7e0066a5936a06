import { parseBackupId } from './backup-id';
import type { ClusterStore } from './cluster-store';
import { encodeName } from './encode-name';
import { CLOSED_ENDS, layout, type ClosedEnd } from './layout';
import { readManifest, type StoredManifest } from './manifests';
import { RepositoryError } from './repository-error';

/** `deleted`: a tombstone says so, whatever still stands there. */
export type BackupState = 'running' | 'committed' | 'deleted' | ClosedEnd;

/** A backup, as listings alone tell. */
export interface BackupEntry {
  backupId: string;
  database: string;
  /** RFC 3339, to the second. */
  startedAt: string;
  state: BackupState;
  /** When it was committed, closed or deleted, by the store's clock; absent while it runs. */
  endedAt?: string;
  /** Size of its manifest, where there is one. */
  manifestBytes?: number;
  /** The newest record of a verification. */
  verified?: { at: string; level: string; ok: boolean };
}

/** Backups of a cluster, oldest first: from listings alone, so 10,000 of them are a handful of requests. */
export async function listBackups(
  { store, cluster }: ClusterStore,
  only: { database?: string | undefined } = {},
): Promise<BackupEntry[]> {
  // An id begins with its database's name; of names that begin alike, the parsed ones are told apart below.
  const start = only.database === undefined ? '' : `${encodeName(only.database)}-`;
  const endings = new Map<string, Date>();
  const sizes = new Map<string, number>();
  const names = async (prefix: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key, lastModified, size } of store.list(prefix + start)) {
      const name = key.slice(prefix.length).replace(/\.json$/, '');
      found.push(name);
      sizes.set(prefix + name, size);
      if (lastModified) endings.set(prefix + name, lastModified);
    }
    return found;
  };
  // Tombstones last: what is deleted while this reads is listed as deleted.
  const intents = await names(layout.intents(cluster));
  const closed = await names(layout.closed(cluster));
  const manifests = await names(layout.manifests(cluster));
  const verifications = await names(layout.verifications(cluster));
  const tombstones = await names(layout.tombstones(cluster));

  const states = new Map<string, { state: BackupState; endedAt?: Date | undefined }>();
  for (const id of intents) states.set(id, { state: 'running' });
  for (const name of closed) {
    const end = CLOSED_ENDS.find((known) => name.endsWith(`-${known}`));
    if (end === undefined) continue;
    states.set(name.slice(0, -end.length - 1), { state: end, endedAt: endings.get(layout.closed(cluster) + name) });
  }
  for (const id of manifests)
    states.set(id, { state: 'committed', endedAt: endings.get(layout.manifests(cluster) + id) });
  for (const id of tombstones)
    states.set(id, { state: 'deleted', endedAt: endings.get(layout.tombstones(cluster) + id) });

  const verified = newestVerifications(verifications);
  return [...states]
    .flatMap(([id, { state, endedAt }]) =>
      entry(id, {
        state,
        endedAt,
        verified: verified.get(id),
        manifestBytes: sizes.get(layout.manifests(cluster) + id),
      }),
    )
    .filter((backup) => only.database === undefined || backup.database === only.database)
    .sort((a, b) => compareText(a.startedAt, b.startedAt) || compareText(a.backupId, b.backupId));
}

/**
 * The newest committed backup of a database; with `before` (RFC 3339 UTC with microseconds) the newest whose recovery
 * point is not after it. `NotFound` when there is none. Reads one or two manifests.
 */
export async function newestBackup(
  cluster: ClusterStore,
  wanted: { database: string; before?: string | undefined },
): Promise<StoredManifest> {
  const backups = await listBackups(cluster, wanted);
  for (const backup of backups.reverse()) {
    if (backup.state !== 'committed') continue;
    if (wanted.before !== undefined && backup.startedAt > wanted.before.replace(/\.\d+Z$/, 'Z')) continue;
    const manifest = await readManifest(cluster, backup.backupId);
    if (wanted.before === undefined || manifest.header.recoveryPoint <= wanted.before) return manifest;
  }
  const when = wanted.before === undefined ? '' : ` at or before ${wanted.before}`;
  throw new RepositoryError(
    'NotFound',
    `There is no complete backup of ${wanted.database}${when} of cluster ${cluster.cluster} in ${cluster.store.location}. List what there is: kalpa backups.`,
  );
}

/** Reads a backup that is to be used: `NotFound` when it was never committed or is deleted. */
export async function readBackup(cluster: ClusterStore, backupId: string, sha256?: string): Promise<StoredManifest> {
  const key = layout.tombstone(cluster.cluster, backupId);
  for await (const tombstone of cluster.store.list(key)) {
    if (tombstone.key !== key) continue;
    throw new RepositoryError(
      'NotFound',
      `The backup ${backupId} was deleted (${cluster.store.location}/${key} says why). Use another one: kalpa backups.`,
    );
  }
  return readManifest(cluster, backupId, sha256);
}

interface Known {
  state: BackupState;
  endedAt: Date | undefined;
  verified: BackupEntry['verified'];
  manifestBytes: number | undefined;
}

function entry(backupId: string, { state, endedAt, verified, manifestBytes }: Known): BackupEntry[] {
  const parsed = parseBackupId(backupId);
  if (parsed === undefined) return []; // not ours; a listing must not fail over somebody's object
  return [
    {
      backupId,
      database: parsed.database,
      startedAt: toSecond(parsed.startedAt),
      state,
      ...(endedAt === undefined ? {} : { endedAt: toSecond(endedAt) }),
      ...(manifestBytes === undefined ? {} : { manifestBytes }),
      ...(verified === undefined ? {} : { verified }),
    },
  ];
}

/** `<backupId>/<time>-<level>-<ok|bad>`, listed in order of time. */
function newestVerifications(names: string[]): Map<string, { at: string; level: string; ok: boolean }> {
  const newest = new Map<string, { at: string; level: string; ok: boolean }>();
  for (const name of names) {
    const match = /^(.+)\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(.+)-(ok|bad)$/.exec(name);
    if (!match) continue;
    const [, id, year, month, day, hour, minute, second, level, ok] = match;
    newest.set(id ?? '', {
      at: `${year}-${month}-${day}T${hour}:${minute}:${second}Z`,
      level: level ?? '',
      ok: ok === 'ok',
    });
  }
  return newest;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** RFC 3339 to the second. */
export const toSecond = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, 'Z');
