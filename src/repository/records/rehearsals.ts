import { parseBackupId } from '../backups/backup-id';
import type { ClusterStore } from '../cluster-store';
import { encodeName } from '../layout/encode-name';
import { layout } from '../layout/layout';
import { RepositoryError } from '../repository-error';
import { NameTaken } from '../signing/name-taken';
import { readEach, writeProved } from '../signing/proved-records';
import { FORMAT, type VerificationRecord } from './record-schemas';
import { verifications } from './write-records';

/** The level of a record of how the restore of a backup went. */
export const REHEARSAL = 'rehearsal';

/** What a rehearsal found. */
export type Rehearsal = NonNullable<VerificationRecord['rehearsal']>;

/** The record of a rehearsal, with its findings. */
export type RehearsalRecord = VerificationRecord & { rehearsal: Rehearsal };

/** Seconds to try, of which others may have taken the names. */
const MAX_ATTEMPTS = 10;

/**
 * Records how the restore of a backup went, once per run: a repeated call finds its own record. Names have a resolution
 * of one second: if another run or someone else has taken one, the next second is used. Returns the key.
 */
export async function writeRehearsal(
  repository: ClusterStore,
  given: {
    backupId: string;
    ok: boolean;
    verifiedAt: Date;
    problems: string[];
    workflowId: string;
    firstRunId: string;
    rehearsal: Rehearsal;
  },
): Promise<string> {
  const { cluster, store } = repository;
  const { verifiedAt, ...found } = given;
  const { backupId, ok, firstRunId } = found;
  for (let n = 0; n < MAX_ATTEMPTS; n += 1) {
    const at = new Date(Math.floor(verifiedAt.getTime() / 1000 + n) * 1000);
    const key = layout.verification(cluster, 'backup', backupId, at, REHEARSAL, ok);
    const record = { ...found, format: FORMAT, cluster, level: REHEARSAL, verifiedAt: at.toISOString() };
    const there = await writeProved(repository, verifications, key, record).catch((error: unknown) => {
      if (error instanceof NameTaken) return undefined;
      throw error;
    });
    if (there?.record.firstRunId === firstRunId) return key;
  }
  throw new RepositoryError(
    'AlreadyExists',
    `The rehearsal of ${backupId} was not recorded in ${store.location}: the names of ${MAX_ATTEMPTS} seconds from ${verifiedAt.toISOString()} on are taken. Check who writes to ${layout.verifications(cluster)}.`,
  );
}

/** Most records to read for one answer, a few at a time: usually the first one counts. */
const MAX_READS = 200;
const BATCH_SIZE = 4;

/**
 * The newest successful rehearsal of a database, whichever backup it restored; undefined if no known key has signed
 * one. Records that are not trusted or can't be parsed are skipped, so a forged one dated in the future changes
 * nothing.
 */
export async function newestRehearsal(
  repository: ClusterStore,
  database: string,
): Promise<RehearsalRecord | undefined> {
  const { store, cluster } = repository;
  const below = layout.verifications(cluster);
  const keys: { key: string; at: string }[] = [];
  for await (const { key } of store.list(`${below}${encodeName(database)}-`)) {
    const [, id, at] = REHEARSED.exec(key.slice(below.length)) ?? [];
    if (id !== undefined && at !== undefined && parseBackupId(id)?.database === database) keys.push({ key, at });
  }
  keys.sort((a, b) => (a.at < b.at ? 1 : -1));
  for (let from = 0; from < Math.min(keys.length, MAX_READS); from += BATCH_SIZE) {
    const some = keys.slice(from, from + BATCH_SIZE).map(({ key }) => key);
    const { records } = await readEach(repository, verifications, some, { evenDamaged: true });
    for (const { record } of records)
      if (record.ok && record.level === REHEARSAL && record.rehearsal) return record as RehearsalRecord;
  }
  return undefined;
}

const REHEARSED = new RegExp(`^([^/]+)/(\\d{8}T\\d{6}Z)-${REHEARSAL}-ok\\.json$`);
