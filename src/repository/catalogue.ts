import { parseBackupId } from './backups/backup-id';
import type { ClusterStore } from './cluster-store';
import { oldestFirst, listStates, BACKUP_PROTOCOL } from './commit-protocol';
import { encodeName } from './layout/encode-name';
import { layout, type ClosedEnd } from './layout/layout';
import { readManifest, readWithoutLists, type StoredManifest } from './backups/manifests';
import type { HeaderWithoutLists } from './backups/manifest-schema';
import { RepositoryError } from './repository-error';
import { isDeleted } from './retention/deletions';
import { Moved, Untrusted } from './signing/trust';
import { given } from '../objects/given';
import { damageText, newestVerdicts, provedVerdict, type Verdict } from './verification/verdicts';
import { truncateToSecond } from '../objects/texts';

/** `deleted`: there is a tombstone, whatever objects are still there. */
export type BackupState = 'running' | 'committed' | 'deleted' | ClosedEnd;

/** A backup, as far as listings show it. */
export interface BackupEntry {
  backupId: string;
  database: string;
  /** RFC 3339, to the second. */
  startedAt: string;
  state: BackupState;
  /** When it was committed, closed or deleted, by the store's clock; absent while it runs. */
  endedAt?: string;
  /** Size of its manifest, if there is one. */
  manifestBytes?: number;
  /** From the newest verification record. */
  verified?: Verdict;
  /** From the newest rehearsal record. */
  rehearsed?: { at: string; ok: boolean };
}

/**
 * Backups of a cluster, oldest first; only those of a database, or one. From listings, so 10,000 of them cost a handful
 * of requests, and one costs five. Listings prove
 * nothing; `readManifest` verifies. Where records are signed, a tombstone is read before it counts, if it could hide
 * anything.
 */
export async function listBackups(
  repository: ClusterStore,
  only: { database?: string | undefined; backupId?: string | undefined } = {},
): Promise<BackupEntry[]> {
  // An id begins with its database's name.
  const start = only.backupId ?? (only.database === undefined ? '' : `${encodeName(only.database)}-`);
  const [states, { verified, rehearsed }] = await Promise.all([
    listStates(repository, BACKUP_PROTOCOL, start),
    newestVerdicts(repository, 'backup', start),
  ]);
  return [...states]
    .flatMap(([id, known]) => entry(id, { ...known, verified: verified.get(id), rehearsed: rehearsed.get(id) }))
    .filter(({ database }) => only.database === undefined || database === only.database)
    .filter(({ backupId }) => only.backupId === undefined || backupId === only.backupId)
    .sort(oldestFirst(({ backupId }) => backupId));
}

/** Clocks of one installation differ by seconds; `probeStore` reports larger differences. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Whether a backup claims to have begun after the store wrote its manifest: such a date is forged. */
export function isFutureDated({ startedAt, endedAt }: Pick<BackupEntry, 'startedAt' | 'endedAt'>, now: Date): boolean {
  const written = endedAt === undefined ? now.getTime() : Date.parse(endedAt);
  return Date.parse(startedAt) > Math.min(written, now.getTime()) + CLOCK_TOLERANCE_MS;
}

/** The newest backup, and what was skipped for it. */
export interface NewestBackup extends StoredManifest {
  /** Newer backups that were not eligible, each with the reason. */
  passedOver: string[];
}

/**
 * The newest committed backup of a database; with `before` (RFC 3339 UTC with microseconds), the newest whose recovery
 * point is not after it. Never one that no known key has signed, that is dated after the store's clock, or that a
 * verification found damaged. `NotFound` if there is none. Reads one or two manifests.
 */
export async function newestBackup(
  repository: ClusterStore,
  wanted: { database: string; before?: string | undefined },
): Promise<NewestBackup> {
  const passedOver: string[] = [];
  const now = await repository.store.serverTime();
  for (const backup of (await listBackups(repository, wanted)).reverse()) {
    if (backup.state !== 'committed') continue;
    if (wanted.before !== undefined && backup.startedAt > wanted.before.replace(/\.\d+Z$/, 'Z')) continue;
    if (isFutureDated(backup, now)) {
      passedOver.push(`${backup.backupId} was skipped: it is dated after the store's clock, so find out who wrote it.`);
      continue;
    }
    const { verdict } = await verdictOf(repository, backup);
    if (verdict?.ok === false) {
      passedOver.push(`${backup.backupId} was skipped: ${damageText(verdict)} (kalpa show ${backup.backupId}).`);
      continue;
    }
    const manifest = await readTrusted(repository, backup.backupId);
    if (typeof manifest === 'string') passedOver.push(`${backup.backupId} was skipped: ${manifest}`);
    else if (wanted.before === undefined || manifest.header.recoveryPoint <= wanted.before)
      return { ...manifest, passedOver };
  }
  const when = wanted.before === undefined ? '' : ` at or before ${wanted.before}`;
  const others = passedOver.length === 0 ? '' : ` ${passedOver.length} were skipped, the newest: ${passedOver[0]}`;
  throw new RepositoryError(
    'NotFound',
    `There is no complete backup of ${wanted.database}${when} of cluster ${repository.cluster} in ${repository.store.location}.${others} List what there is: kalpa backups.`,
  );
}

/** What the newest valid verification of a listed backup says. */
export async function verdictOf(
  repository: ClusterStore,
  { backupId: id, verified: listed }: { backupId: string; verified?: Verdict | undefined },
): Promise<{ verdict?: Verdict; problem?: string }> {
  return listed ? await provedVerdict(repository, { kind: 'backup', id, listed }) : {};
}

/** A committed backup, or why its manifest is not trusted. */
export async function readTrusted(repository: ClusterStore, backupId: string): Promise<StoredManifest | string> {
  return await orUntrusted(async () => await readManifest(repository, backupId));
}

/** The same without tables and tablets: for whoever asks it of many. */
export async function readTrustedWithoutLists(
  repository: ClusterStore,
  backupId: string,
): Promise<StoredManifest<HeaderWithoutLists> | string> {
  return await orUntrusted(async () => await readWithoutLists(repository, backupId));
}

async function orUntrusted<T>(read: () => Promise<T>): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Untrusted || error instanceof Moved) return error.message;
    throw error;
  }
}

/** Reads a backup that is to be used: `NotFound` if it was never committed, or is deleted. */
export async function readBackup(repository: ClusterStore, backupId: string, sha256?: string): Promise<StoredManifest> {
  const { cluster, store } = repository;
  const key = layout.deletion(cluster, 'backup', backupId, 1);
  if (await isDeleted(repository, 'backup', backupId))
    throw new RepositoryError(
      'NotFound',
      `The backup ${backupId} was deleted (${store.location}/${key} says why). Until its grace time is over it can be restored: kalpa undelete ${backupId}. Or use another one: kalpa backups.`,
    );
  return readManifest(repository, backupId, sha256);
}

interface Known {
  state: BackupState;
  endedAt?: Date | undefined;
  verified: BackupEntry['verified'];
  rehearsed: BackupEntry['verified'];
  manifestBytes?: number | undefined;
}

function entry(backupId: string, { state, endedAt, verified, rehearsed, manifestBytes }: Known): BackupEntry[] {
  const parsed = parseBackupId(backupId);
  if (parsed === undefined) return []; // not ours; a stray object must not make the listing fail
  return [
    {
      backupId,
      database: parsed.database,
      startedAt: truncateToSecond(parsed.startedAt),
      state,
      ...given({
        endedAt: endedAt && truncateToSecond(endedAt),
        manifestBytes,
        verified,
        rehearsed: rehearsed && { at: rehearsed.at, ok: rehearsed.ok },
      }),
    },
  ];
}
