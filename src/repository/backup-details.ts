import { z } from 'zod';
import type { BackupEntry } from './catalogue';
import type { ClusterStore } from './cluster-store';
import { dumpIntent, dumpManifest } from './dump-schema';
import { readDump, type DumpEntry } from './dumps';
import { CLOSED_ENDS, layout, type ClosedEnd } from './layout';
import { readFacts } from './manifest-facts';
import { manifestHeader } from './manifest-schema';
import { readManifest } from './manifests';
import { closedRecord, intentRecord } from './record-schemas';
import { readRecord } from './records';
import { isRepositoryError } from './repository-error';
import { Untrusted, type MissingSignature } from './signing/trust';

/** What both kinds tell beyond a listing. */
interface Details {
  /** Which run made it, and who started that run. */
  workflowId?: string;
  startedBy?: string;
  durationSeconds?: number;
  /** Bytes in the bucket, those of backups that it refers to included. */
  bytes?: number;
  /** No configured key has signed it, so nothing of it was read. */
  signature?: MissingSignature;
  /** Why it can't be told: the record in the bucket is damaged. */
  problem?: string;
}

export interface BackupDetails extends BackupEntry, Details {
  recoveryPoint?: string;
  uploadedBytes?: number;
  label?: string;
  keepFor?: string;
  /** Why it became no backup. */
  failure?: { type: string; message: string };
}

export interface DumpDetails extends DumpEntry, Details {
  tables?: number;
  rows?: number;
}

/** Small records read at a time: what is in memory and in flight doesn't grow with the list. */
const WIDTH = 32;

/** The entries with what their own records say, in the same order, read as they are taken. */
export async function* detailBackups(
  cluster: ClusterStore,
  entries: readonly BackupEntry[],
): AsyncGenerator<BackupDetails> {
  yield* inOrder(entries, async (entry) => await detailBackup(cluster, entry));
}

export async function* detailDumps(cluster: ClusterStore, entries: readonly DumpEntry[]): AsyncGenerator<DumpDetails> {
  yield* inOrder(entries, async (entry) => await detailDump(cluster, entry));
}

async function detailBackup(repository: ClusterStore, entry: BackupEntry): Promise<BackupDetails> {
  return await orProblem(entry, async () => {
    const { store, cluster } = repository;
    const intent = await readRecord(store, layout.intent(cluster, entry.backupId), intentRecord);
    const { label, keepFor, workflowId, startedBy } = intent ?? {};
    const known = present({ ...duration(entry), label, keepFor, workflowId, startedBy });
    if (isClosed(entry.state)) {
      const closed = await readRecord(store, layout.closedRecord(cluster, entry.backupId, entry.state), closedRecord);
      return { ...entry, ...known, ...present({ failure: closed?.failure }) };
    }
    if (entry.state !== 'committed') return { ...entry, ...known };
    const header = await readFacts(
      repository,
      { key: layout.manifest(cluster, entry.backupId), bytes: entry.manifestBytes ?? 0 },
      factsOfBackup(entry.backupId, cluster),
      async () => (await readManifest(repository, entry.backupId)).header,
    );
    const { bytes, uploadedBytes } = header.totals;
    const { recoveryPoint } = header;
    const named = present({ label: header.label, keepFor: header.keepFor });
    return { ...entry, ...known, ...named, recoveryPoint, bytes, uploadedBytes };
  });
}

async function detailDump(repository: ClusterStore, entry: DumpEntry): Promise<DumpDetails> {
  return await orProblem(entry, async () => {
    const { store, cluster } = repository;
    const intent = await readRecord(store, layout.dumpIntent(cluster, entry.dumpId), dumpIntent);
    const { workflowId, startedBy } = intent ?? {};
    const known = { ...entry, ...present({ ...duration(entry), workflowId, startedBy }) };
    if (entry.state !== 'committed') return known;
    const { totals } = await readFacts(
      repository,
      { key: layout.dumpManifest(cluster, entry.dumpId), bytes: entry.manifestBytes ?? 0 },
      factsOfDump(entry.dumpId, cluster),
      async () => (await readDump(repository, entry.dumpId)).manifest,
    );
    const { bytes, tables, rows } = totals;
    return { ...known, bytes, tables, rows };
  });
}

/** What a list shows of a manifest. */
const factsOfBackup = (backupId: string, cluster: string) =>
  manifestHeader
    .pick({ format: true, label: true, keepFor: true, recoveryPoint: true, totals: true })
    .extend({ backupId: z.literal(backupId), cluster: z.literal(cluster) });

const factsOfDump = (dumpId: string, cluster: string) =>
  dumpManifest.pick({ format: true, totals: true }).extend({ dumpId: z.literal(dumpId), cluster: z.literal(cluster) });

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

function duration({ startedAt, endedAt }: { startedAt: string; endedAt?: string }): { durationSeconds?: number } {
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
        one.catch(() => undefined); // said when its turn comes
        ahead.push(one);
      }
      yield await (ahead.shift() as Promise<R>);
    }
  } finally {
    await Promise.allSettled(ahead); // the reader left: nothing goes on behind its back
  }
}
