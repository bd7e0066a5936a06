import type { ClusterStore } from '../cluster-store';
import { layout, type BackupKind } from '../layout/layout';
import { FORMAT, holdRecord, tombstoneRecord, type HoldRecord, type TombstoneRecord } from '../records/record-schemas';
import { RepositoryError } from '../repository-error';
import { requiresSignatures } from '../signing/trust';
import { addLink, lastLink, lastOf, lastOfEach, listChains, type ChainForm, type LastLink } from './chains';

/** Who says why: part of every record of a deletion or hold. */
export interface Attribution {
  reason: string;
  by?: string | undefined;
  workflowId?: string | undefined;
}

export type DeletionLink = LastLink<TombstoneRecord>;
export type HoldLink = LastLink<HoldRecord>;

export const deletionChain = (cluster: string, kind: BackupKind): ChainForm<TombstoneRecord> => ({
  prefix: layout.deletions(cluster, kind),
  keyOf: (id, n) => layout.deletion(cluster, kind, id, n),
  form: {
    kind: 'tombstone',
    schema: tombstoneRecord,
    keysOf: (name, one) =>
      one.cluster === name ? [layout.deletion(name, one.kind ?? 'backup', one.backupId, one.n ?? 1)] : [],
  },
});

const holdChain = (cluster: string, kind: BackupKind): ChainForm<HoldRecord> => ({
  prefix: layout.holds(cluster, kind),
  keyOf: (id, n) => layout.hold(cluster, kind, id, n),
  form: {
    kind: 'hold',
    schema: holdRecord,
    keysOf: (name, one) => (one.cluster === name ? [layout.hold(name, one.kind ?? 'backup', one.backupId, one.n)] : []),
  },
});

/** What a deletion's last record says. */
export const changeOf = ({ record }: DeletionLink): NonNullable<TombstoneRecord['change']> =>
  record.change ?? 'deleted';

/** Whether it can't be restored any more, whatever objects are still there. */
export const marksDeleted = (last: DeletionLink | undefined): boolean =>
  last !== undefined && changeOf(last) !== 'undeleted';

/**
 * Ids that are deleted, from listings and as few reads as possible: without signatures, a lone tombstone needs no read.
 * `matters`: whether the state of an id must be verified; for others (those without a manifest, which hide nothing) any
 * tombstone counts.
 */
export async function deletedIds(
  repository: ClusterStore,
  kind: BackupKind,
  { start = '', matters }: { start?: string; matters: (id: string) => boolean },
): Promise<Map<string, Date | undefined>> {
  const chain = deletionChain(repository.cluster, kind);
  const chains = await listChains(repository, chain, start);
  const deleted = new Map<string, Date | undefined>();
  const undecided = new Map<string, { n: number; at: Date | undefined }[]>();
  for (const [id, links] of chains) {
    const alone = links.length === 1 && links[0]?.n === 1;
    if (!matters(id) || (alone && !requiresSignatures(repository.trust))) deleted.set(id, links[0]?.at);
    else undecided.set(id, links);
  }
  for (const [id, last] of await lastOfEach(repository, chain, undecided))
    if (marksDeleted(last)) deleted.set(id, last.at);
  return deleted;
}

/** Whether one backup or dump is deleted. */
export async function isDeleted(repository: ClusterStore, kind: BackupKind, id: string): Promise<boolean> {
  return (await deletedIds(repository, kind, { start: id, matters: (one) => one === id })).has(id);
}

/** Everything that was ever deleted and still has a record, by id. */
export async function listDeletions(repository: ClusterStore, kind: BackupKind): Promise<Map<string, DeletionLink>> {
  const chain = deletionChain(repository.cluster, kind);
  return await lastOfEach(repository, chain, await listChains(repository, chain));
}

interface Change extends Attribution {
  kind: BackupKind;
  id: string;
}

/** Phase 1: from here on it can't be restored. Repeating it changes nothing. Only the janitor does this. */
export async function writeTombstone(repository: ClusterStore, change: Change): Promise<DeletionLink> {
  return await changeDeletion(repository, change, 'deleted', (last) => !marksDeleted(last));
}

/** Revokes a deletion, as long as no object of the backup was removed. */
export async function undelete(repository: ClusterStore, change: Change): Promise<DeletionLink> {
  return await changeDeletion(repository, change, 'undeleted', (last) => {
    if (!last) throw new RepositoryError('NotFound', `${change.id} is not deleted, so there is nothing to undelete.`);
    const now = changeOf(last);
    if (now === 'sweeping' || now === 'swept')
      throw new RepositoryError(
        'NotFound',
        `${change.id} can't be undeleted: since ${last.at.toISOString()} its objects are being removed from ${repository.store.location}. Use another one: kalpa backups.`,
      );
    return now === 'deleted';
  });
}

/**
 * Begins to remove its objects: the point of no return. `seen`: the deletion whose grace time is over, or the sweep to
 * be resumed. Undefined: its state has changed since (undeleted, perhaps deleted again, or another sweep has begun), so
 * earlier findings no longer hold.
 */
export async function beginSweep(
  repository: ClusterStore,
  { kind, id, seen }: { kind: BackupKind; id: string; seen: DeletionLink },
): Promise<DeletionLink | undefined> {
  const change = { kind, id, reason: 'the grace time is over' };
  let began = false;
  const last = await changeDeletion(repository, change, 'sweeping', (now) => {
    // Called again if the name was taken: by an attempt of this same sweep, or by someone else.
    began = now?.n === seen.n;
    return began && changeOf(seen) === 'deleted';
  });
  return began ? last : undefined;
}

/** The record that remains. */
export async function endSweep(
  repository: ClusterStore,
  { kind, id, objects, bytes }: { kind: BackupKind; id: string; objects: number; bytes: number },
): Promise<void> {
  const change = { kind, id, reason: 'nothing of it is left', objects, bytes };
  await changeDeletion(repository, change, 'swept', (now) => now !== undefined && changeOf(now) === 'sweeping');
}

async function changeDeletion(
  repository: ClusterStore,
  { kind, id, ...said }: Change & { objects?: number; bytes?: number },
  change: NonNullable<TombstoneRecord['change']>,
  wanted: (last: DeletionLink | undefined) => boolean,
): Promise<DeletionLink> {
  const { cluster, store } = repository;
  const at = (await store.serverTime()).toISOString();
  const last = await addLink<TombstoneRecord>(repository, deletionChain(cluster, kind), id, (there, n) =>
    wanted(there)
      ? {
          format: FORMAT,
          ...{ backupId: id, cluster, n, change, at },
          ...(kind === 'dump' ? { kind } : {}),
          ...present(said),
        }
      : undefined,
  );
  if (last) return last;
  throw new RepositoryError('NotFound', `${id} is not deleted.`);
}

/** Records that a backup or dump is to be kept. Repeated by the same person for the same reason, it changes nothing. */
export async function writeHold(
  repository: ClusterStore,
  { kind, id, change, ...said }: Change & { change: 'held' | 'released' },
): Promise<HoldLink> {
  const { cluster, store } = repository;
  const at = (await store.serverTime()).toISOString();
  const last = await addLink<HoldRecord>(repository, holdChain(cluster, kind), id, (there, n) => {
    if (change === 'released' && there?.record.change !== 'held') {
      if (there) return undefined;
      throw new RepositoryError('NotFound', `${id} is not held, so there is nothing to release. See: kalpa backups.`);
    }
    if (
      change === 'held' &&
      there?.record.change === 'held' &&
      there.record.reason === said.reason &&
      there.record.by === said.by
    )
      return undefined;
    return {
      format: FORMAT,
      ...{ backupId: id, cluster, n, change, at },
      ...(kind === 'dump' ? { kind } : {}),
      ...present(said),
      reason: said.reason,
    };
  });
  if (last) return last;
  throw new RepositoryError('NotFound', `${id} is not held.`);
}

/** Current holds, by id. */
export async function listHolds(repository: ClusterStore, kind: BackupKind): Promise<Map<string, HoldLink>> {
  const chain = holdChain(repository.cluster, kind);
  const all = await lastOfEach(repository, chain, await listChains(repository, chain));
  return new Map([...all].filter(([, { record }]) => record.change === 'held'));
}

/** Who holds it, and why; undefined if it is not held. */
export async function holdOf(repository: ClusterStore, kind: BackupKind, id: string): Promise<HoldLink | undefined> {
  const last = await lastLink(repository, holdChain(repository.cluster, kind), id);
  return last?.record.change === 'held' ? last : undefined;
}

/** The last record of a deletion. */
export async function deletionOf(
  repository: ClusterStore,
  kind: BackupKind,
  id: string,
): Promise<DeletionLink | undefined> {
  const chain = deletionChain(repository.cluster, kind);
  const links = (await listChains(repository, chain, id)).get(id);
  return links && (await lastOf(repository, chain, id, links));
}

const present = <T extends object>(fields: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<{
    [K in keyof T]: Exclude<T[K], undefined>;
  }>;
