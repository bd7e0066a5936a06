import { given } from '../../objects/given';
import { mapConcurrently } from '../../objects/map-concurrently';
import { compactUtc } from '../../objects/texts';
import { listBackups, readTrustedWithoutLists, type BackupEntry } from '../catalogue';
import type { ClusterStore } from '../cluster-store';
import { layout } from '../layout/layout';
import { FORMAT, summaryRecord, type SummarizedBackup, type SummaryRecord } from '../records/record-schemas';
import { intents } from '../records/write-records';
import { isRepositoryError } from '../repository-error';
import { referencesOf } from '../retention/references';
import { readEach, readProved, writeProved, type RecordForm } from '../signing/proved-records';
import { requiresSignatures, type Trust } from '../signing/trust';

/**
 * What lists show of many backups at once. A manifest never changes, so what one record says of hundreds stays true,
 * and a list of 10,000 backups costs some dozens of reads in place of 20,000. Nothing depends on these records: a
 * backup that none of them names is read itself, and whatever restores or deletes reads the manifest.
 */
export const summaries: RecordForm<SummaryRecord> = {
  kind: 'summary',
  schema: summaryRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [keyOf(cluster, one)] : []),
};

const keyOf = (cluster: string, { newest, at }: Pick<SummaryRecord, 'newest' | 'at'>): string =>
  layout.summary(cluster, new Date(newest), new Date(at));

/** Backups in one record. Fewer that are left are read one by one until there are enough. */
const EACH = 250;
/** Summarized at a time: each costs two reads, and the first run on an old repository should not take much longer. */
const MOST_AT_ONCE = 8 * EACH;
/** Below this many, reading the backups themselves costs no more. */
const WORTHWHILE = 100;

type Listed = Pick<BackupEntry, 'backupId' | 'startedAt' | 'state' | 'endedAt' | 'manifestBytes'>;

/** Summaries by backup, of those in a list that have one. */
export async function readSummaries(
  repository: ClusterStore,
  listed: readonly Listed[],
): Promise<Map<string, SummarizedBackup>> {
  const entries = new Map(listed.filter(hasManifest).map((one) => [one.backupId, one]));
  const found = new Map<string, SummarizedBackup>();
  if (entries.size < WORTHWHILE) return found;
  const prefix = layout.summaries(repository.cluster);
  const oldest = compactUtc(new Date(Math.min(...[...entries.values()].map((one) => Date.parse(one.startedAt)))));
  const keys: string[] = [];
  // Records of backups that are all gone are not read.
  for await (const { key } of repository.store.list(prefix, { after: `${prefix}${oldest}` })) keys.push(key);
  const { records } = await readEach(repository, summaries, keys, { evenDamaged: true });
  for (const { record } of records) {
    if (!isByOurTrust(repository, record)) continue;
    for (const one of record.backups) {
      const entry = entries.get(one.backupId);
      if (entry && isOf(one, entry)) found.set(one.backupId, one);
    }
  }
  return found;
}

/** A manifest that a key signed which is no longer trusted is read, so that lists say so. */
const isByOurTrust = ({ trust }: ClusterStore, { keys }: SummaryRecord): boolean =>
  !requiresSignatures(trust) || (keys.length > 0 && keys.every((id) => idsOf(trust).includes(id)));

const idsOf = (trust: Trust | undefined): string[] => trust?.publicKeys.map(({ keyId }) => keyId) ?? [];

const hasManifest = ({ state, manifestBytes }: Listed): boolean =>
  manifestBytes !== undefined && (state === 'committed' || state === 'deleted');

/**
 * Whether it is about the manifest that is listed: one that was replaced since, or copied to another bucket, is read. A
 * deleted backup is listed with the time of its deletion.
 */
const isOf = (one: SummarizedBackup, { state, endedAt, manifestBytes }: Listed): boolean =>
  one.manifestBytes === manifestBytes && (state === 'deleted' || one.committedAt === endedAt);

/**
 * Summarizes the backups that no record is about yet, once there are enough of them; says how many. Leaves out those
 * with a record that can't be read or is not trusted, which lists show with the reason.
 */
export async function writeSummaries(repository: ClusterStore): Promise<number> {
  const committed = (await listBackups(repository)).filter(({ state }) => state === 'committed');
  const known = await readSummaries(repository, committed);
  const left = committed.filter(({ backupId }) => !known.has(backupId));
  if (left.length < EACH) return 0;
  const some = left.slice(0, MOST_AT_ONCE);
  const made = (await mapConcurrently(some, async (entry) => await summarized(repository, entry))).filter(
    (one) => one !== undefined,
  );
  const { cluster, store } = repository;
  let written = 0;
  for (; written + EACH <= made.length; written += EACH) {
    const together = made.slice(written, written + EACH);
    const newest = together.map(({ startedAt }) => startedAt).reduce((one, other) => (one > other ? one : other));
    const at = (await store.serverTime()).toISOString();
    const backups = together.map(({ summary }) => summary);
    const keys = idsOf(repository.trust);
    const record: SummaryRecord = { format: FORMAT, cluster, newest, at, keys, backups };
    await writeProved(repository, summaries, keyOf(cluster, record), record);
  }
  return written;
}

async function summarized(
  repository: ClusterStore,
  { backupId, startedAt, endedAt, manifestBytes }: BackupEntry,
): Promise<{ startedAt: string; summary: SummarizedBackup } | undefined> {
  if (endedAt === undefined || manifestBytes === undefined) return undefined;
  try {
    const read = await readTrustedWithoutLists(repository, backupId);
    const intent = await readProved(repository, intents, layout.intent(repository.cluster, backupId));
    if (typeof read === 'string') return undefined;
    const { label = intent?.label, keepFor = intent?.keepFor, recoveryPoint, history, totals } = read.header;
    const summary: SummarizedBackup = {
      ...{ backupId, manifestBytes, committedAt: endedAt, recoveryPoint, from: history?.from ?? recoveryPoint },
      ...given({ label, keepFor, workflowId: intent?.workflowId, startedBy: intent?.startedBy }),
      ...{ bytes: totals.bytes, uploadedBytes: totals.uploadedBytes, refersTo: referencesOf(read.header) },
    };
    return { startedAt, summary };
  } catch (error) {
    if (isRepositoryError(error, 'ManifestInvalid') || isRepositoryError(error, 'NotFound')) return undefined;
    throw error;
  }
}
