import type { ClusterStore } from '../cluster-store';
import { BACKUP_KINDS, layout, type BackupKind } from '../layout/layout';
import { isRepositoryError } from '../repository-error';
import { openIntents } from './intents';
import { beginSweep, changeOf, endSweep, listDeletions, listHolds, type DeletionLink } from './deletions';
import { removeLate } from './late-writes';
import { liveLeases, type Lease } from './leases';
import { readRepairs, type Repairs } from '../verification/repairs';
import {
  isStale,
  lockOn,
  reasonOf,
  recordsOf,
  removeUnder,
  STALE,
  type RemainingObject,
  type Removing,
} from './removal';
import { mayBeOurs, neededKeysUnder, readForReferences, referencesOf } from './references';
import { addTo } from '../../objects/grouped';

export interface SweepOptions {
  /** From the tombstone to the sweep; longer than `maxRunTimeMs`. */
  graceMs: number;
  /** A backup that has run for longer can't be committed any more. */
  maxRunTimeMs: number;
  /**
   * Called with what could be removed and still be undeleted: the last look before the point of no return. Returns what
   * has to stay, with the reason.
   */
  whyKept?: ((due: readonly { kind: BackupKind; id: string }[]) => Promise<ReadonlyMap<string, string>>) | undefined;
  /** How long a sweep may rely on the references that it found; default: half of `maxRunTimeMs`. */
  lastsAtMostMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Called after each batch, for heartbeats. */
  onBatch?: ((done: { objects: number; bytes: number }) => void) | undefined;
}

export interface SweepResult {
  /** Completely removed. */
  swept: string[];
  /** Not removed yet, with the reason. */
  waiting: { id: string; because: string }[];
  objects: number;
  bytes: number;
}

interface Candidate {
  kind: BackupKind;
  id: string;
  link: DeletionLink;
}

/**
 * Removes the objects of what was deleted long enough ago and is needed by nobody. Whenever it is killed, the next one
 * continues; two at once remove the same. All times are the store's. The order is what makes it safe: first every
 * backup that could refer to one of them must have ended, only then are the manifests listed, and then what they refer
 * to is left out. What was swept before and was written to again since then goes once more.
 */
export async function sweep(repository: ClusterStore, options: SweepOptions): Promise<SweepResult> {
  const now = await repository.store.serverTime();
  const result: SweepResult = { swept: [], waiting: [], objects: 0, bytes: 0 };
  const due: Candidate[] = [];
  const ended: { kind: BackupKind; id: string }[] = [];
  for (const kind of BACKUP_KINDS) {
    const deletions = await listDeletions(repository, kind);
    for (const [id, link] of deletions) if (changeOf(link) === 'swept') ended.push({ kind, id });
    const graced = [...deletions].filter(([id, link]) => isDue(id, link, { now, options, result }));
    if (graced.length === 0) continue;
    const [holds, leases] = [await listHolds(repository, kind), await liveLeases(repository, kind, now)];
    const open = kind === 'backup' ? await openIntents(repository, now, options.maxRunTimeMs) : [];
    for (const [id, link] of graced) {
      const because = whyNot(id, link, { holds, leases, open });
      if (because === undefined) due.push({ kind, id, link });
      else result.waiting.push({ id, because });
    }
  }
  if (due.length === 0 && ended.length === 0) return result;
  const { versioned, objectLock, objectLockUnknown } = await repository.store.traits();
  const mayBeLocked = objectLock || objectLockUnknown === true;
  const { lastsAtMostMs = options.maxRunTimeMs / 2, signal, onBatch } = options;
  const until = new Date(now.getTime() + lastsAtMostMs);
  const removing = { versioned, until, removed: result, signal, onBatch };
  result.waiting.push(...(await removeLate(repository, ended, removing)));
  const unlocked: Candidate[] = [];
  for (const one of due) {
    const because = mayBeLocked ? await whyLocked(repository, one, now) : undefined;
    if (because === undefined) unlocked.push(one);
    else result.waiting.push({ id: one.id, because });
  }
  const kept = await options.whyKept?.(unlocked.filter(({ link }) => changeOf(link) === 'deleted'));
  const free: Candidate[] = [];
  for (const one of unlocked) {
    const because = kept?.get(one.id);
    if (because === undefined) free.push(one);
    else result.waiting.push({ id: one.id, because });
  }
  if (free.length === 0) return result;
  const referring = await referringTo(repository, free);
  const begun = new Set<string>();
  // The newest first: what is referred to only by it can go in the same sweep.
  for (const one of [...free].sort((a, b) => (a.id < b.id ? 1 : -1))) {
    signal?.throwIfAborted();
    const unknown = referring.unreadable;
    if (one.kind === 'backup' && unknown !== undefined) {
      result.waiting.push({ id: one.id, because: `it is not known what ${unknown}` });
      continue;
    }
    // A backup whose sweep has begun no longer needs objects of others, even while parts of it remain.
    const still = (referring.by.get(one.id) ?? []).filter((referring) => !begun.has(referring));
    await sweepOne(repository, one, { ...removing, referring: still, result, begun });
  }
  return result;
}

/**
 * Why the store would refuse to delete it, by the lock of its first record; nothing is removed then, so that it can
 * still be undeleted.
 */
async function whyLocked({ store, cluster }: ClusterStore, { kind, id, link }: Candidate, now: Date) {
  if (changeOf(link) === 'sweeping') return undefined;
  const key = kind === 'dump' ? layout.dumpIntent(cluster, id) : layout.intent(cluster, id);
  const lock = await lockOn(store, key);
  return lock && new Date(lock.until) > now ? `it is locked until ${lock.until} (${lock.mode} mode)` : undefined;
}

function isDue(
  id: string,
  link: DeletionLink,
  { now, options, result }: { now: Date; options: SweepOptions; result: SweepResult },
): boolean {
  const { graceMs, maxRunTimeMs } = options;
  const change = changeOf(link);
  if (change === 'sweeping') return true;
  if (change !== 'deleted') return false;
  const from = new Date(link.at.getTime() + Math.max(graceMs, maxRunTimeMs));
  if (from <= now) return true;
  result.waiting.push({ id, because: `its grace time lasts until ${from.toISOString()}` });
  return false;
}

interface Blocks {
  holds: ReadonlyMap<string, { record: { reason: string } }>;
  leases: ReadonlyMap<string, Lease>;
  open: readonly { id: string; since: Date }[];
}

function whyNot(id: string, link: DeletionLink, { holds, leases, open }: Blocks): string | undefined {
  const hold = holds.get(id);
  if (hold) return `it is held: ${hold.record.reason}`;
  const lease = leases.get(id);
  if (lease) return `${lease.holder} reads it, until ${lease.until.toISOString()} (${lease.key})`;
  if (changeOf(link) === 'sweeping') return undefined; // checked when the sweep began
  const older = open.find((one) => one.since <= link.at);
  return older && `${older.id}, which may refer to it, began before it was deleted and has not ended`;
}

/**
 * Which backups refer to the candidates, by id only: anyone who may create objects can write many large manifests. A
 * deleted backup that could be undeleted counts; only one that is being swept does not. If a manifest that was ours
 * can't be read, the sweep stops: what that backup needs is unknown.
 */
async function referringTo(
  repository: ClusterStore,
  due: readonly Candidate[],
): Promise<{ by: Map<string, string[]>; unreadable?: string }> {
  const { store, cluster } = repository;
  const by = new Map<string, string[]>();
  const wanted = new Set(due.filter(({ kind }) => kind === 'backup').map(({ id }) => id));
  if (wanted.size === 0) return { by };
  const deletions = await listDeletions(repository, 'backup');
  const prefix = layout.manifests(cluster);
  for await (const { key } of store.list(prefix)) {
    const id = key.slice(prefix.length).replace(/\.json$/, '');
    const link = deletions.get(id);
    if (link && (changeOf(link) === 'sweeping' || changeOf(link) === 'swept')) continue;
    try {
      const header = await readForReferences(repository, id);
      for (const { id: owner } of header ? referencesOf(header) : []) {
        if (owner === id || !wanted.has(owner)) continue;
        addTo(by, owner, id);
      }
    } catch (error) {
      if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
      if (!(await mayBeOurs(repository, id))) continue;
      return { by, unreadable: `${id} refers to, since its manifest can't be read (${error.message})` };
    }
  }
  return { by };
}

interface Work extends Removing {
  /** Ids of backups that refer to it. */
  referring: readonly string[];
  result: SweepResult;
  /** Backups whose sweep has begun: they can't be undeleted any more. */
  begun: Set<string>;
}

async function sweepOne(repository: ClusterStore, { kind, id, link }: Candidate, work: Work): Promise<void> {
  const { store, cluster } = repository;
  const { result } = work;
  const folder = layout.folderOf(cluster, kind, id);
  const needed = new Set<string>();
  let repairs: Repairs | undefined;
  for (const referring of work.referring) {
    try {
      const header = await readForReferences(repository, referring);
      repairs ??= await readRepairs(repository, [id], { strict: true });
      if (header) await neededKeysUnder(repository, header, folder, { needed, repairs });
    } catch (error) {
      if (!isRepositoryError(error)) throw error;
      // Anyone who may create objects can write a manifest that refers to it: that keeps this backup, but no others.
      result.waiting.push({ id, because: `it is not known what ${referring} needs of it (${error.message})` });
      return;
    }
  }
  if (await isStale(repository, work)) {
    result.waiting.push({ id, because: STALE });
    return;
  }
  if (!(await beginSweep(repository, { kind, id, seen: link }))) return; // undeleted meanwhile, or another sweep has it
  if (kind === 'backup') work.begun.add(id);
  for (const { key, uploadId } of await store.listMultipartUploads(folder)) await store.abortMultipart(key, uploadId);
  const before = { objects: result.objects, bytes: result.bytes };
  const left = await removeUnder(repository, folder, needed, work);
  if (left.length > 0 || needed.size > 0) {
    const why =
      left.length > 0
        ? `${left.length} of its objects can't be removed yet (${await reasonOf(store, left[0])})`
        : `${needed.size} of its objects are needed by ${namesOf(work.referring)}`;
    result.waiting.push({ id, because: why });
    return;
  }
  const records: RemainingObject[] = [];
  for (const prefix of recordsOf(cluster, kind, id))
    if (records.length === 0) records.push(...(await removeUnder(repository, prefix, new Set(), work)));
  if (records.length > 0) {
    result.waiting.push({ id, because: `of its records, ${await reasonOf(store, records[0])}` });
    return;
  }
  await endSweep(repository, {
    kind,
    id,
    objects: result.objects - before.objects,
    bytes: result.bytes - before.bytes,
  });
  result.swept.push(id);
}

/** The first few: anyone who may create objects can write any number. */
const namesOf = (ids: readonly string[]): string =>
  ids.length <= NAMED ? ids.join(', ') : `${ids.slice(0, NAMED).join(', ')} and ${ids.length - NAMED} others`;
const NAMED = 5;
