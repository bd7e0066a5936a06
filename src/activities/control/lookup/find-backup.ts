import { didYouMean, didYouMeanDatabase } from '../../../contract/fields/nearest-name';
import { formatMicros, instantMicros, type Chain } from '../../../contract';
import {
  damageText,
  isRepositoryError,
  listBackups,
  newestBackup,
  parseBackupId,
  readBackup,
  readTrustedWithoutLists,
  readVerification,
  verdictOf,
  type BackupEntry,
  type ClusterStore,
  type ManifestHeader,
  type HeaderWithoutLists,
  type StoredManifest,
} from '../../../repository';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { given } from '../../../objects/given';
import { mapConcurrently } from '../../../objects/map-concurrently';

export interface FindBackupInput {
  chain: Chain;
  backup: string | { database: string; before?: string | undefined };
  fromCluster?: string;
  /** Pinned by the caller: this very manifest, signed or not. */
  manifestSha256?: string;
  /** A moment inside the history that a backup carries; if several backups have it, the one made soonest after it. */
  to?: string;
}

/** A committed backup as the steps of a restore need it; the manifest itself stays in the bucket. */
export interface RestorableBackup {
  backupId: string;
  /** The cluster that made it. */
  cluster: string;
  /** Hash of the manifest: every later step reads exactly this one. */
  manifestSha256: string;
  database: string;
  snapshotId: string;
  /** The moment that a plain restore returns to, or the requested moment. */
  recoveryPoint: string;
  /** The requested moment, 16 digits. */
  atMicros?: string;
  tables: number;
  tablets: number;
  files: number;
  bytes: number;
  chain: Chain;
  /** Why newer backups were skipped. */
  warnings?: string[];
}

/** Anybody who may create objects can forge any number of backups. */
const MAX_WARNINGS = 5;

/** Finds a committed backup by id, or the newest one of a database. `NotFound` names the cluster that was searched. */
export async function findBackup(
  { repository, config }: Pick<ControlDependencies, 'repository' | 'config'>,
  input: FindBackupInput,
): Promise<RestorableBackup> {
  const { chain, fromCluster, to } = input;
  const cluster = fromCluster ?? config.cluster;
  const { sha256, header, passedOver = [] } = await lookUp({ ...repository, cluster }, input);
  const { backupId, database, snapshotId } = header;
  const atMicros = to === undefined ? undefined : checkedMoment(header, to);
  const { tables, tablets, files, bytes } = header.totals;
  return {
    backupId,
    cluster,
    manifestSha256: sha256,
    database,
    snapshotId,
    recoveryPoint: atMicros === undefined ? header.recoveryPoint : formatMicros(atMicros),
    ...given({ atMicros }),
    tables,
    tablets,
    files,
    bytes,
    chain,
    ...(passedOver.length === 0 ? {} : { warnings: passedOver.slice(0, MAX_WARNINGS) }),
  };
}

/** What a restore asks of it first needs neither tables nor tablets. */
type Found = StoredManifest<HeaderWithoutLists> & { passedOver?: string[] };

async function lookUp(
  repository: ClusterStore,
  { backup, fromCluster, to, manifestSha256 }: FindBackupInput,
): Promise<Found> {
  try {
    if (typeof backup !== 'string' && to !== undefined) return await holding(repository, backup, to);
    if (typeof backup !== 'string') {
      const before = backup.before === undefined ? undefined : instantMicros(backup.before);
      return await newestBackup(repository, {
        database: backup.database,
        ...(before === undefined ? {} : { before: formatMicros(before) }),
      });
    }
    if (!parseBackupId(backup)) {
      throw failWith(
        'NotFound',
        `"${backup}" is not a backup id (<database>-<yyyymmddThhmmssZ>-<6 hex>).${await nearestBackup(repository, backup)} List what there is: kalpa backups.`,
      );
    }
    const stored = await readBackup(repository, backup, manifestSha256);
    await refuseDamaged(repository, stored.header);
    return stored;
  } catch (error) {
    if (!isRepositoryError(error, 'NotFound')) throw error;
    const meant = await nearestBackup(repository, backup);
    const elsewhere = fromCluster === undefined ? ' A backup of another cluster needs "fromCluster".' : '';
    throw failWith('NotFound', `${error.message}${meant}${elsewhere}`);
  }
}

/** A backup known to be damaged is refused now: the restore would fail hours later. */
async function refuseDamaged(repository: ClusterStore, { backupId, database }: HeaderWithoutLists): Promise<void> {
  const listed = await listBackups(repository, { backupId });
  const found = await damageOf(repository, listed, backupId);
  if (found === undefined) return;
  throw failWith(
    'ChecksumMismatch',
    `${backupId} can't be restored: ${found}. Nothing was changed. Use another one (kalpa backups ${database}); "backup": { "database": "${database}" } takes the newest undamaged one. If the damage has been repaired, verify it again, which records that: kalpa verify ${backupId}.`,
  );
}

/** What the newest valid verification found wrong with a backup, if anything. */
async function damageOf(
  repository: ClusterStore,
  listed: readonly BackupEntry[],
  backupId: string,
): Promise<string | undefined> {
  const entry = listed.find((one) => one.backupId === backupId);
  const { verdict } = entry ? await verdictOf(repository, entry) : {};
  if (verdict?.ok !== false) return undefined;
  const read = await readVerification(repository, 'backup', backupId, verdict);
  return damageText(verdict, read?.record.problems);
}

/** ` Did you mean …?` from what the repository has of this cluster; nothing when it can't be listed at the moment. */
async function nearestBackup(repository: ClusterStore, backup: FindBackupInput['backup']): Promise<string> {
  const there = await listBackups(repository).catch((): BackupEntry[] => []);
  const complete = there.filter(({ state }) => state === 'committed');
  if (typeof backup !== 'string')
    return didYouMeanDatabase(
      backup.database,
      complete.map(({ database }) => database),
    );
  return didYouMean(
    backup,
    complete.map(({ backupId }) => backupId),
  );
}

/** Every moment that a backup can be restored to, RFC 3339 UTC with microseconds. */
export function momentsOf({ history, recoveryPoint }: Pick<ManifestHeader, 'history' | 'recoveryPoint'>): {
  from: string;
  to: string;
} {
  return { from: history?.from ?? recoveryPoint, to: recoveryPoint };
}

const holds = (header: HeaderWithoutLists, moment: string): boolean => {
  const { from, to } = momentsOf(header);
  return from <= moment && moment <= to;
};

/** 16 digits of the moment, if the backup has it. The cluster itself would restore any moment without an error. */
function checkedMoment(header: HeaderWithoutLists, to: string): string {
  const micros = instantMicros(to) ?? '';
  const { from, to: until } = momentsOf(header);
  if (holds(header, formatMicros(micros))) return micros;
  throw failWith(
    'OutsideRecoveryWindow',
    `${header.backupId} can be restored to moments from ${from} to ${until} (${header.history?.because ?? 'it carries no history'}), and ${formatMicros(micros)} is not one of them. Choose another moment, or let Kalpa choose the backup: "backup": { "database": "${header.database}" }.`,
    [{ from, to: until }],
  );
}

/**
 * A snapshot is taken at most this long after the run's start: far more than `maxRunTime`, after which nothing is
 * committed.
 */
const MAX_RUN_MS = 31 * 24 * 3_600_000;
/** Most backups of a moment are among the first ones. */
const READ_TOGETHER = 64;

/**
 * The backup of a database that has a moment and was made soonest after it. Backups that ended before the moment are
 * recognised by their ids and not read: with thousands of them, each would cost a request.
 */
async function holding(
  repository: ClusterStore,
  { database, before }: { database: string; before?: string | undefined },
  to: string,
): Promise<Found> {
  const moment = formatMicros(instantMicros(to) ?? '');
  const until = before === undefined ? undefined : formatMicros(instantMicros(before) ?? '');
  const committed = (await listBackups(repository, { database })).filter(({ state }) => state === 'committed');
  const begins = new Date(Date.parse(moment) - MAX_RUN_MS).toISOString();
  const first = committed.findIndex(({ startedAt }) => startedAt >= begins);
  const later = first === -1 ? [] : committed.slice(first);
  const earlier = committed.slice(0, committed.length - later.length);
  const ranges: string[] = [];
  const passedOver: string[] = [];
  const look = async (some: readonly BackupEntry[]): Promise<StoredManifest<HeaderWithoutLists> | undefined> => {
    const read = await mapConcurrently(
      some,
      async ({ backupId }) => await readTrustedWithoutLists(repository, backupId),
    );
    for (const [i, manifest] of read.entries()) {
      if (typeof manifest === 'string') {
        passedOver.push(`${some[i]?.backupId ?? ''} was skipped: ${manifest}`);
        continue;
      }
      const { from, to: point } = momentsOf(manifest.header);
      if (until !== undefined && point > until) continue;
      if (holds(manifest.header, moment)) {
        const { backupId } = manifest.header;
        const damage = await damageOf(repository, some, backupId);
        if (damage === undefined) return manifest;
        passedOver.push(`${backupId} was skipped: ${damage}.`);
        continue;
      }
      ranges.push(from === point ? point : `${from} to ${point}`);
    }
    return undefined;
  };
  for (let at = 0; at < later.length; at += READ_TOGETHER) {
    const found = await look(later.slice(at, at + READ_TOGETHER));
    if (found) return { ...found, passedOver };
  }
  const near = ranges.filter((range) => range > moment).slice(0, 2);
  // None of these has it; the newest is named.
  for (let end = earlier.length; ranges.length === 0 && end > 0; end -= READ_TOGETHER)
    await look(earlier.slice(Math.max(0, end - READ_TOGETHER), end));
  if (ranges.length === 0) return await newestBackup(repository, { database }); // the same refusal
  throw failWith(
    'OutsideRecoveryWindow',
    `No backup of ${database} holds ${moment}. There are ${committed.length} backups of other moments${near.length > 0 ? ` (next: ${near.join(', ')})` : ` (newest: ${ranges.at(-1) ?? ''})`}. List them: kalpa pitr status ${database}.`,
    [{ database, moment, ranges: ranges.slice(-20) }],
  );
}
