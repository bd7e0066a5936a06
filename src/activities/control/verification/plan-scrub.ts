import { heartbeat } from '@temporalio/activity';
import type { Chain } from '../../../contract';
import {
  digestOf,
  isRepositoryError,
  listBackups,
  listDumps,
  parseBackupId,
  readProofs,
  readRepairs,
  type BackupKind,
  type ClusterStore,
  type StoredFile,
} from '../../../repository';
import type { ListRef } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { Batches } from './batches';
import { otherPlacesOf, verifiersRepository } from './plan-verification';
import { readSubject } from './verification-subject';

export interface PlanScrubInput {
  chain: Chain;
  database?: string;
  withinMs: number;
  everyMs: number;
}

export interface ScrubPlan {
  /** By the store's clock, to the second. */
  plannedAt: string;
  backups: number;
  bytes: number;
  lateBytes: number;
  read: { files: number; bytes: number };
  batches: ListRef;
  warnings: string[];
}

/** Ages are counted in fractions of the period, so that a million files are summed up in a few numbers. */
const AGE_FRACTIONS = 1_000;

/**
 * Chooses what a scrub reads: of everything stored, what was read or written longest ago. As much as is needed to read
 * everything once in the period if scrubs run at the stated interval, and anything that would be late before the next
 * one. What is known to be bad comes first: its marks may be missing.
 */
export function makePlanScrub(dependencies: ControlDependencies) {
  return async function planScrub({ chain, database, withinMs, everyMs }: PlanScrubInput): Promise<ScrubPlan> {
    const repository = verifiersRepository(dependencies);
    const plannedAt = new Date(Math.floor((await repository.store.serverTime()).getTime() / 1000) * 1000);
    const now = plannedAt.getTime();
    const partMs = withinMs / AGE_FRACTIONS;
    const partOf = (at: number): number => Math.max(0, Math.min(AGE_FRACTIONS, Math.ceil((now - at) / partMs)));
    // The last fraction: late, or bad.
    const parts = Array.from({ length: AGE_FRACTIONS + 1 }, () => ({ files: 0, bytes: 0 }));
    const looked = { backups: 0, bytes: 0, lateBytes: 0, warnings: [] as string[] };
    await eachStored(repository, { database, since: new Date(now - withinMs) }, looked.warnings, (aged) => {
      const { file, at, first } = aged;
      if (first) looked.backups += 1;
      looked.bytes += file.size;
      const part = parts[partOf(at)];
      if (part) [part.files, part.bytes] = [part.files + 1, part.bytes + file.size];
      if (now - at >= withinMs && aged.wasBad === undefined) looked.lateBytes += file.size;
    });
    const chosen = choose(parts, { share: (looked.bytes * everyMs) / withinMs, due: partOf(now - withinMs + everyMs) });
    const repairs = await readRepairs(repository, 'all');
    const batches = new Batches(repository, chain.workflowId, chosen);
    let left = chosen.ofLast;
    await eachStored(
      repository,
      { database, since: new Date(now - withinMs) },
      [],
      async ({ kind, file, at, wasBad, neededBy }) => {
        const part = partOf(at);
        if (part < chosen.last || now - at < Math.min(everyMs, withinMs / 2)) return;
        if (part === chosen.last && part < chosen.due) {
          if (left <= 0) return;
          left -= file.size;
        }
        await batches.add(kind, { ...file, wasBad, neededBy, elsewhere: otherPlacesOf(repairs, file) });
      },
    );
    const { ref, read } = await batches.end();
    return { plannedAt: plannedAt.toISOString(), ...looked, read, batches: ref };
  };
}

/** The age from which everything is read, and how much to read of exactly that age. Exported for tests. */
export function choose(
  parts: readonly { files: number; bytes: number }[],
  { share, due }: { share: number; due: number },
): { last: number; due: number; ofLast: number; files: number; bytes: number } {
  let [last, files, bytes] = [parts.length - 1, 0, 0];
  for (let part = parts.length - 1; part >= 0; part -= 1) {
    if (bytes >= share && part < due) break;
    last = part;
    files += parts[part]?.files ?? 0;
    bytes += parts[part]?.bytes ?? 0;
  }
  const ofLast = share - (bytes - (parts[last]?.bytes ?? 0));
  return { last, due, ofLast, files, bytes };
}

interface Aged {
  kind: BackupKind;
  file: StoredFile;
  /** When it was read, or else written; 0: it is known to be bad. */
  at: number;
  wasBad: true | undefined;
  /** Where its owner is deleted: a backup that needs it. */
  neededBy: string | undefined;
  /** The first file of its backup. */
  first: boolean;
}

/** Everything that committed backups and dumps consist of, each object once. */
async function eachStored(
  repository: ClusterStore,
  { database, since }: { database: string | undefined; since: Date },
  warnings: string[],
  each: (aged: Aged) => Promise<void> | void,
): Promise<void> {
  const backups = (await listBackups(repository, { database })).filter(({ state }) => state === 'committed');
  const dumps = (await listDumps(repository, { subject: database })).filter(({ state }) => state === 'committed');
  const all = [
    ...backups.map(({ backupId: id, database: of }) => ({ kind: 'backup' as const, id, database: of })),
    ...dumps.map(({ dumpId: id, subject }) => ({ kind: 'dump' as const, id, database: subject })),
  ];
  const live = new Set(all.map(({ id }) => id));
  /** Owned by deleted backups and needed by others: several may need the same. */
  const orphans = new Set<string>();
  let skipped = 0;
  for (const one of all) {
    const { id, kind } = one;
    heartbeat(id);
    try {
      const { owners, files } = await readSubject(repository, one);
      const writtenAt = parseBackupId(id)?.startedAt.getTime() ?? 0;
      const own = owners.filter((owner) => owner === id || !live.has(owner));
      const proofs = await readProofs(repository, { kind, owners: own, since });
      let first = true;
      for await (const file of files()) {
        if (file.owner !== id && live.has(file.owner)) continue;
        const digest = digestOf(repository.cluster, file);
        if (file.owner !== id && orphans.size === orphans.add(digest).size) continue;
        const wasBad = proofs.bad.has(digest) ? true : undefined;
        const neededBy = file.owner === id ? undefined : id;
        await each({ kind, file, wasBad, neededBy, first, at: wasBad ? 0 : (proofs.provedAt(digest) ?? writtenAt) });
        first = false;
      }
    } catch (error) {
      if (!isRepositoryError(error, 'ManifestInvalid') && !isRepositoryError(error, 'NotFound')) throw error;
      skipped += 1;
      if (skipped === 1) warnings.push(`${id} was not checked: ${error.message}`);
    }
  }
  if (skipped > 1) warnings.push(`${skipped - 1} others were not checked either.`);
}
