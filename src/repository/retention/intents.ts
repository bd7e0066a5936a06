import { parseBackupId } from '../backups/backup-id';
import type { ClusterStore } from '../cluster-store';
import { CLOSED_ENDS, layout } from '../layout/layout';
import { isRepositoryError } from '../repository-error';
import { readProved } from '../signing/proved-records';
import { closings } from '../records/write-records';
import { isThere } from '../commit-protocol';
import { deletionOf, isGone } from './deletions';

/** A backup that has not ended. */
export interface OpenIntent {
  id: string;
  /** By the store's clock. */
  since: Date;
}

/** Whether a known key says that this became no backup. */
export async function isClosed(repository: ClusterStore, backupId: string): Promise<Date | undefined> {
  const { cluster, store } = repository;
  for (const end of CLOSED_ENDS) {
    const key = layout.closedRecord(cluster, backupId, end);
    try {
      if ((await readProved(repository, closings, key)) === undefined) continue;
      return (await store.head(key)).lastModified ?? (await store.serverTime());
    } catch (error) {
      if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
    }
  }
  return undefined;
}

/**
 * Backups that may still be committed: begun less than `maxRunTimeMs` ago, not committed and, as far as a known key
 * says, not closed. A forged `closed/` ends none, so it starts no sweep.
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
    if (await isThere(store, layout.manifest(cluster, one.id))) continue;
    if ((await isClosed(repository, one.id)) === undefined) open.push(one);
  }
  return open;
}

/**
 * What became no backup, and whose data nobody needs: closed, or begun too long ago to be committed; each longer ago
 * than `graceMs`.
 */
export async function listFailed(
  repository: ClusterStore,
  { now, maxRunTimeMs, graceMs }: { now: Date; maxRunTimeMs: number; graceMs: number },
): Promise<{ id: string; because: string }[]> {
  const { store, cluster } = repository;
  const names = async (prefix: string): Promise<Map<string, Date>> => {
    const found = new Map<string, Date>();
    for await (const { key, lastModified } of store.list(prefix))
      found.set(key.slice(prefix.length).replace(/(?:\.[1-9]\d*)?\.json$/, ''), lastModified ?? now);
    return found;
  };
  const intents = await names(layout.intents(cluster));
  const manifests = await names(layout.manifests(cluster));
  const deleted = await names(layout.deletions(cluster, 'backup'));
  const failed: { id: string; because: string }[] = [];
  for (const [id, since] of intents) {
    const age = now.getTime() - since.getTime();
    // Nobody has to sign a protection record for it to be listed, and its name becomes that of a tombstone.
    if (parseBackupId(id) === undefined || manifests.has(id) || age < graceMs) continue;
    // A tombstone that nobody answers for, or that was taken back, hides nothing: else what it names would be kept for ever.
    if (deleted.has(id) && isGone(await deletionOf(repository, 'backup', id))) continue;
    const closedAt = await isClosed(repository, id);
    if (closedAt !== undefined && now.getTime() - closedAt.getTime() >= graceMs)
      failed.push({ id, because: 'it became no backup' });
    else if (closedAt === undefined && age >= maxRunTimeMs + graceMs)
      failed.push({ id, because: `it has been running since ${since.toISOString()}, too long to be committed` });
  }
  return failed;
}

/** Why a backup that is at its end can't be committed: it has run for too long, or was deleted. Undefined: it can. */
export async function tooLate(
  repository: ClusterStore,
  backupId: string,
  { maxRunTimeMs, isDeleted }: { maxRunTimeMs: number; isDeleted: () => Promise<boolean> },
): Promise<string | undefined> {
  const { store, cluster } = repository;
  const { lastModified } = await store.head(layout.intent(cluster, backupId));
  const ranMs = (await store.serverTime()).getTime() - (lastModified?.getTime() ?? Infinity);
  if (ranMs > maxRunTimeMs)
    return `it began at ${lastModified?.toISOString()}, longer ago than timing.maxRunTime, so that what it refers to may be swept already`;
  return (await isDeleted()) ? 'it was deleted while it ran' : undefined;
}
