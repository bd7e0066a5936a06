import { z } from 'zod';
import type { BackupEntry } from '../catalogue';
import type { ClusterStore } from '../cluster-store';
import { dumpClosings, dumpIntents, readDump, type DumpEntry } from '../dumps/dumps';
import { CLOSED_ENDS, layout, type BackupKind, type ClosedEnd } from '../layout/layout';
import { readFacts } from './manifest-facts';
import { manifestHeader } from './manifest-schema';
import { readWithoutLists } from './manifests';
import { factsOfDump } from './accounts';
import { readSummaries } from './summaries';
import { isRepositoryError } from '../repository-error';
import { REHEARSAL, type Rehearsal } from '../records/rehearsals';
import type { SummarizedBackup } from '../records/record-schemas';
import { readProved, type RecordForm } from '../signing/proved-records';
import { requiresSignatures, Untrusted, type MissingSignature } from '../signing/trust';
import { closings, intents, verifications } from '../records/write-records';
import { provedVerdict, type Verdict } from '../verification/verdicts';
import { given } from '../../objects/given';

/** What details of backups and dumps add to a listing. */
interface Details {
  /** The run that made it, and who started that run. */
  workflowId?: string;
  startedBy?: string;
  durationSeconds?: number;
  /** Bytes in the bucket, including those of the backups that it refers to. */
  bytes?: number;
  /** No configured key has signed the record of its state, so the record was not read. */
  signature?: MissingSignature;
  /** Why something is unknown: a record in the bucket is damaged or not signed. */
  problem?: string;
}

export interface BackupDetails extends BackupEntry, Details {
  recoveryPoint?: string;
  /** Every moment from `from` to `to` can be restored. */
  moments?: { from: string; to: string };
  uploadedBytes?: number;
  label?: string;
  keepFor?: string;
  /** From the newest rehearsal: how thoroughly the restored data was compared, and how long it took. */
  rehearsal?: Pick<Rehearsal, 'level' | 'tablesChecked' | 'rowsChecked' | 'recoveryTimeSeconds'>;
  /** Why it did not become a backup. */
  failure?: { type: string; message: string };
}

export interface DumpDetails extends DumpEntry, Details {
  tables?: number;
  rows?: number;
}

/** Small records read at a time: memory and requests in flight don't grow with the list. */
const WIDTH = 32;

/** The entries with the contents of their own records, in the same order, read as they are consumed. */
export async function* detailBackups(
  cluster: ClusterStore,
  entries: readonly BackupEntry[],
): AsyncGenerator<BackupDetails> {
  const summaries = await readSummaries(cluster, entries);
  yield* inOrder(entries, async (entry) => await detailBackup(cluster, entry, summaries.get(entry.backupId)));
}

export async function* detailDumps(cluster: ClusterStore, entries: readonly DumpEntry[]): AsyncGenerator<DumpDetails> {
  yield* inOrder(entries, async (entry) => await detailDump(cluster, entry));
}

async function detailBackup(
  repository: ClusterStore,
  asListed: BackupEntry,
  summary: SummarizedBackup | undefined,
): Promise<BackupDetails> {
  return await orProblem(asListed, async () => {
    const { rehearsal, unrehearsed, ...listed } = await withRehearsal(repository, asListed);
    const { cluster } = repository;
    const { backupId } = listed;
    const intent: Believed<Pick<SummarizedBackup, 'label' | 'keepFor' | 'workflowId' | 'startedBy'>> = summary
      ? { record: summary }
      : await believed(repository, intents, layout.intent(cluster, backupId));
    const { entry, problem: unverified } = await withVerification(repository, 'backup', backupId, listed);
    const { label, keepFor, workflowId, startedBy } = intent.record ?? {};
    const known = { label, keepFor, workflowId, startedBy };
    const problem = intent.problem ?? unverified ?? unrehearsed;
    if (entry.state === 'running' || entry.state === 'deleted')
      return { ...entry, ...present({ ...durationOf(entry), ...known, signature: intent.signature, problem }) };
    if (isClosed(entry.state)) {
      const closed = await believed(repository, closings, layout.closedRecord(cluster, backupId, entry.state));
      const shown = closed.record ? entry : unended(entry);
      const { failure } = closed.record ?? {};
      const { signature } = intent;
      return {
        ...shown,
        ...present({ ...durationOf(shown), ...known, failure, signature, problem: closed.problem ?? problem }),
      };
    }
    const more = present({ ...durationOf(entry), ...known, problem, rehearsal });
    if (summary) {
      const { recoveryPoint, from, bytes, uploadedBytes } = summary;
      return { ...entry, ...more, recoveryPoint, moments: { from, to: recoveryPoint }, bytes, uploadedBytes };
    }
    const header = await readFacts(
      repository,
      { kind: 'manifest', key: layout.manifest(cluster, backupId), bytes: entry.manifestBytes ?? 0 },
      factsOfBackup(backupId, cluster),
      async () => (await readWithoutLists(repository, backupId)).header,
    );
    const { bytes, uploadedBytes } = header.totals;
    const { recoveryPoint } = header;
    const named = present({ label: header.label, keepFor: header.keepFor });
    const moments = { from: header.history?.from ?? recoveryPoint, to: recoveryPoint };
    return { ...entry, ...more, ...named, recoveryPoint, moments, bytes, uploadedBytes };
  });
}

async function detailDump(repository: ClusterStore, listed: DumpEntry): Promise<DumpDetails> {
  return await orProblem(listed, async () => {
    const { cluster } = repository;
    const { dumpId } = listed;
    const { entry, problem: unverified } = await withVerification(repository, 'dump', dumpId, listed);
    const intent = await believed(repository, dumpIntents, layout.dumpIntent(cluster, dumpId));
    const { workflowId, startedBy } = intent.record ?? {};
    const { signature } = intent;
    const problem = intent.problem ?? unverified;
    if (entry.state === 'running' || entry.state === 'deleted')
      return { ...entry, ...present({ workflowId, startedBy, signature, problem }) };
    if (isClosed(entry.state)) {
      // Nothing of it is shown, so it is read only if records are signed.
      const closed = requiresSignatures(repository.trust)
        ? await believed(repository, dumpClosings, layout.dumpClosed(cluster, dumpId, entry.state))
        : {};
      const shown = closed.problem === undefined ? entry : unended(entry);
      const why = { signature, problem: closed.problem ?? problem };
      return { ...shown, ...present({ ...durationOf(shown), workflowId, startedBy, ...why }) };
    }
    const { totals } = await readFacts(
      repository,
      { kind: 'dump-manifest', key: layout.dumpManifest(cluster, dumpId), bytes: entry.manifestBytes ?? 0 },
      factsOfDump(dumpId, cluster),
      async () => (await readDump(repository, dumpId)).manifest,
    );
    const { bytes, tables, rows } = totals;
    return { ...entry, ...present({ ...durationOf(entry), workflowId, startedBy, problem }), bytes, tables, rows };
  });
}

/** A record of a backup; or why it is not trusted, in which case its contents are left out and the rest is shown. */
interface Believed<T> {
  record?: T;
  signature?: MissingSignature;
  problem?: string;
}

async function believed<T>(repository: ClusterStore, form: RecordForm<T>, key: string): Promise<Believed<T>> {
  try {
    const record = await readProved(repository, form, key);
    return record === undefined ? {} : { record };
  } catch (error) {
    if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
    const { message: problem } = error;
    return error instanceof Untrusted ? { problem, signature: error.signature } : { problem };
  }
}

/** Where records are signed, the newest verification that a known key has signed counts. */
async function withVerification<E extends { verified?: Verdict }>(
  repository: ClusterStore,
  kind: BackupKind,
  id: string,
  listed: E,
): Promise<{ entry: E; problem?: string | undefined }> {
  const { verified, ...entry } = listed;
  if (!verified || !requiresSignatures(repository.trust)) return { entry: listed };
  const { verdict, problem } = await provedVerdict(repository, { kind, id, listed: verified });
  return { entry: { ...entry, ...given({ verified: verdict }) } as E, problem };
}

/** The newest rehearsal that a known key has signed, as with any verification. */
async function withRehearsal(
  repository: ClusterStore,
  listed: BackupEntry,
): Promise<BackupEntry & Pick<BackupDetails, 'rehearsal'> & { unrehearsed?: string }> {
  const { rehearsed, ...entry } = listed;
  if (!rehearsed) return listed;
  const { backupId } = listed;
  const proof = { kind: 'backup' as const, id: backupId, level: REHEARSAL };
  const { verdict, problem: unproved } = await provedVerdict(repository, {
    ...proof,
    listed: { ...rehearsed, level: REHEARSAL },
  });
  if (!verdict) return { ...entry, ...present({ unrehearsed: unproved }) };
  const key = layout.verification(repository.cluster, 'backup', backupId, new Date(verdict.at), REHEARSAL, verdict.ok);
  const { record, problem } = await believed(repository, verifications, key);
  if (!record) return { ...entry, ...present({ unrehearsed: problem ?? unproved }) };
  const known = { ...entry, rehearsed: { at: verdict.at, ok: verdict.ok }, ...present({ unrehearsed: unproved }) };
  const { level, tablesChecked, rowsChecked, recoveryTimeSeconds } = record.rehearsal ?? {};
  if (level === undefined || !record.ok) return known;
  return { ...known, rehearsal: { level, tablesChecked, rowsChecked, recoveryTimeSeconds } as Rehearsal };
}

/** A backup or dump whose end no known key has signed: it may still be running. */
function unended<E extends { state: string; endedAt?: string }>({ endedAt: _, ...entry }: E): Omit<E, 'endedAt'> {
  return { ...entry, state: 'running' };
}

/** What a list shows of a manifest. */
const factsOfBackup = (backupId: string, cluster: string) =>
  manifestHeader
    .pick({ format: true, label: true, keepFor: true, recoveryPoint: true, totals: true, history: true })
    .extend({ backupId: z.literal(backupId), cluster: z.literal(cluster) });

/** One damaged record must not hide all the others. */
async function orProblem<E extends object, D extends E & Details>(entry: E, look: () => Promise<D>): Promise<E | D> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Untrusted) return { ...entry, signature: error.signature, problem: error.message };
    if (isRepositoryError(error, 'ManifestInvalid') || isRepositoryError(error, 'NotFound'))
      return { ...entry, problem: error.message };
    throw error;
  }
}

const isClosed = (state: string): state is ClosedEnd => CLOSED_ENDS.some((end) => end === state);

function durationOf({ startedAt, endedAt }: { startedAt: string; endedAt?: string }): { durationSeconds?: number } {
  if (endedAt === undefined) return {};
  return { durationSeconds: Math.max(0, Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)) };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;

/** Applies `work` to a bounded number of items ahead of the reader. */
async function* inOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const ahead: Promise<R>[] = [];
  let next = 0;
  try {
    while (next < items.length || ahead.length > 0) {
      while (next < items.length && ahead.length < WIDTH) {
        const one = work(items[next++] as T);
        one.catch(() => undefined); // reported when its turn comes
        ahead.push(one);
      }
      yield await (ahead.shift() as Promise<R>);
    }
  } finally {
    await Promise.allSettled(ahead); // when the reader stops early, no request may be left running
  }
}
