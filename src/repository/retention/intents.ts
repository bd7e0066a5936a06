import { parseBackupId } from '../backups/backup-id';
import type { ClusterStore } from '../cluster-store';
import { BACKUP_KINDS, CLOSED_ENDS, layout, type BackupKind } from '../layout/layout';
import { isRepositoryError } from '../repository-error';
import { readProved, type RecordForm } from '../signing/proved-records';
import { closings } from '../records/write-records';
import { objectExists, BACKUP_PROTOCOL, DUMP_PROTOCOL } from '../commit-protocol';
import { dumpClosings, parseDumpId } from '../dumps/dumps';
import { deletionOf, marksDeleted } from './deletions';

/** A backup that has not ended. */
export interface OpenIntent {
  id: string;
  /** By the store's clock. */
  since: Date;
}

/** How each kind is begun and ended. */
const WAYS = {
  backup: {
    protocol: BACKUP_PROTOCOL,
    closed: layout.closedRecord,
    form: closings as RecordForm<unknown>,
    isId: parseBackupId,
  },
  dump: {
    protocol: DUMP_PROTOCOL,
    closed: layout.dumpClosed,
    form: dumpClosings as RecordForm<unknown>,
    isId: parseDumpId,
  },
} as const satisfies Record<BackupKind, object>;

/** When a known key says that this became no backup or dump. */
export async function isClosed(
  repository: ClusterStore,
  id: string,
  kind: BackupKind = 'backup',
): Promise<Date | undefined> {
  const { cluster, store } = repository;
  const { closed, form } = WAYS[kind];
  for (const end of CLOSED_ENDS) {
    const key = closed(cluster, id, end);
    try {
      if ((await readProved(repository, form, key)) === undefined) continue;
      return (await store.head(key)).lastModified ?? (await store.serverTime());
    } catch (error) {
      if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
    }
  }
  return undefined;
}

/**
 * Backups that may still be committed: begun less than `maxRunTimeMs` ago, not committed, and not closed by a record
 * that counts. A forged `closed/` record closes nothing, so it can't make a sweep start early.
 */
export async function openIntents(repository: ClusterStore, now: Date, maxRunTimeMs: number): Promise<OpenIntent[]> {
  const { store, cluster } = repository;
  const prefix = layout.intents(cluster);
  const young: OpenIntent[] = [];
  for await (const { key, lastModified } of store.list(prefix)) {
    const since = lastModified ?? now;
    if (since.getTime() + maxRunTimeMs > now.getTime())
      young.push({ id: key.slice(prefix.length).replace(/\.json$/, ''), since });
  }
  const open: OpenIntent[] = [];
  for (const one of young) {
    if (await objectExists(store, layout.manifest(cluster, one.id))) continue;
    if ((await isClosed(repository, one.id)) === undefined) open.push(one);
  }
  return open;
}

/**
 * What became no backup or dump, and whose data nobody needs: closed, or begun too long ago to be committed; each
 * longer ago than `graceMs`.
 */
export async function listFailed(
  repository: ClusterStore,
  times: { now: Date; maxRunTimeMs: number; graceMs: number },
): Promise<{ kind: BackupKind; id: string; because: string }[]> {
  const failed: { kind: BackupKind; id: string; because: string }[] = [];
  for (const kind of BACKUP_KINDS) failed.push(...(await failedOf(repository, kind, times)));
  return failed;
}

async function failedOf(
  repository: ClusterStore,
  kind: BackupKind,
  { now, maxRunTimeMs, graceMs }: { now: Date; maxRunTimeMs: number; graceMs: number },
): Promise<{ kind: BackupKind; id: string; because: string }[]> {
  const { store, cluster } = repository;
  const { protocol, isId } = WAYS[kind];
  const names = async (prefix: string): Promise<Map<string, Date>> => {
    const found = new Map<string, Date>();
    for await (const { key, lastModified } of store.list(prefix))
      found.set(key.slice(prefix.length).replace(/(?:\.[1-9]\d*)?\.json$/, ''), lastModified ?? now);
    return found;
  };
  const intents = await names(protocol.intents(cluster));
  const manifests = await names(protocol.manifests(cluster));
  const deleted = await names(layout.deletions(cluster, kind));
  const failed: { kind: BackupKind; id: string; because: string }[] = [];
  for (const [id, since] of intents) {
    const age = now.getTime() - since.getTime();
    // Anyone may write an unsigned protection record, and its name becomes that of a tombstone: check the name.
    if (isId(id) === undefined || manifests.has(id) || age < graceMs) continue;
    // An untrusted or revoked tombstone hides nothing: otherwise the data that it names would be kept for ever.
    if (deleted.has(id) && marksDeleted(await deletionOf(repository, kind, id))) continue;
    const closedAt = await isClosed(repository, id, kind);
    if (closedAt !== undefined && now.getTime() - closedAt.getTime() >= graceMs)
      failed.push({ kind, id, because: `it did not become a ${kind}` });
    else if (closedAt === undefined && age >= maxRunTimeMs + graceMs)
      failed.push({ kind, id, because: `it has been running since ${since.toISOString()}, too long to be committed` });
  }
  return failed;
}

/** Why one that is at its end can't be committed: it has run for too long, or was deleted. Undefined: it can. */
export async function tooLate(
  repository: ClusterStore,
  { kind, id }: { kind: BackupKind; id: string },
  { maxRunTimeMs, isDeleted }: { maxRunTimeMs: number; isDeleted: () => Promise<boolean> },
): Promise<string | undefined> {
  const { store, cluster } = repository;
  const { lastModified } = await store.head(WAYS[kind].protocol.intent(cluster, id));
  const ranMs = (await store.serverTime()).getTime() - (lastModified?.getTime() ?? Infinity);
  if (ranMs > maxRunTimeMs)
    return `it began at ${lastModified?.toISOString()}, longer ago than timing.maxRunTime, so that ${kind === 'backup' ? 'what it refers to may be swept already' : 'its data may be swept already'}`;
  return (await isDeleted()) ? 'it was deleted while it ran' : undefined;
}
