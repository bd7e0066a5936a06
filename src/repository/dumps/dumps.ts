import { parseBackupId } from '../backups/backup-id';
import { canonicalJson } from '../canonical-json';
import type { ClusterStore } from '../cluster-store';
import {
  oldestFirst,
  close,
  commit,
  committedBefore,
  exists,
  listStates,
  DUMP_PROTOCOL,
  protect,
  readCommitted,
} from '../commit-protocol';
import {
  dumpClosed,
  dumpIntent,
  dumpManifest,
  dumpPart,
  type DumpClosed,
  type DumpFile,
  type DumpIntent,
  type DumpManifest,
  type DumpPart,
} from './dump-schema';
import { relativeToCluster, inCluster, layout, type ClosedEnd } from '../layout/layout';
import { FORMAT } from '../records/record-schemas';
import { parseRecord } from '../records/records';
import { RepositoryError } from '../repository-error';
import { readOwn, writeProved, type RecordForm } from '../signing/proved-records';
import { readSigned } from '../signing/signed-records';
import { isDeleted } from '../retention/deletions';
import { newestVerdicts, type Verdict } from '../verification/verdicts';
import { encodeName } from '../layout/encode-name';
import { given } from '../../objects/given';
import { truncateToSecond } from '../../objects/texts';

/** A reference to a part of a dump, for workflow histories. */
export interface DumpPartRef {
  key: string;
  sha256: string;
  tables: number;
  files: number;
  bytes: number;
  rows: number;
  /** For a keyspace: SHA-256 of the output of `DESC KEYSPACE`. */
  described?: string;
}

/** What a manifest says besides its parts. */
export type DumpHeader = Pick<
  DumpManifest,
  | 'format'
  | 'dumpId'
  | 'cluster'
  | 'universeId'
  | 'subject'
  | 'startedAt'
  | 'yugabyteVersion'
  | 'dialect'
  | 'kalpaVersion'
>;

/** A committed dump. */
export interface StoredDump {
  key: string;
  /** Of the payload. */
  sha256: string;
  manifest: DumpManifest;
}

/** A dump, as far as listings show it. */
export interface DumpEntry {
  dumpId: string;
  /** `ysql.orders`, `ycql.shop`; `ysql` or `ycql` for a whole cluster. */
  subject: string;
  /** RFC 3339, to the second. */
  startedAt: string;
  state: 'running' | 'committed' | 'deleted' | ClosedEnd;
  /** When it was committed or closed, by the store's clock; absent while it runs. */
  endedAt?: string;
  /** Size of its manifest, if there is one. */
  manifestBytes?: number;
  /** From the newest verification record. */
  verified?: Verdict;
}

/** What a dump id says by itself; undefined if it is not a dump id. */
export function parseDumpId(id: string): { subject: string; startedAt: Date } | undefined {
  const parsed = parseBackupId(id);
  const subject = parsed && /^([\s\S]+)-dump$/.exec(parsed.database)?.[1];
  return subject === undefined || parsed === undefined ? undefined : { subject, startedAt: parsed.startedAt };
}

export const dumpIntents: RecordForm<DumpIntent> = {
  kind: 'dump-intent',
  schema: dumpIntent,
  keysOf: (cluster, one) => (one.cluster === cluster ? [layout.dumpIntent(cluster, one.dumpId)] : []),
};

export const dumpClosings: RecordForm<DumpClosed> = {
  kind: 'dump-closed',
  schema: dumpClosed,
  keysOf: (cluster, one) => (one.cluster === cluster ? [layout.dumpClosed(cluster, one.dumpId, one.end)] : []),
};

/** A part identifies its dump only by the keys of its files. */
const dumpParts: RecordForm<DumpPart> = {
  kind: 'dump-part',
  schema: dumpPart,
  keysOf: (cluster, part) => {
    const dumps = new Set(part.files.map(({ key }) => /^dumps\/([^/]+)\//.exec(key)?.[1] ?? ''));
    return dumps.size === 1 ? [...dumps].map((dumpId) => layout.dumpPart(cluster, dumpId, nameOfPart(part))) : [];
  },
};

/** Writes the protection record of a dump, as `protect` does. */
export async function writeDumpIntent(repository: ClusterStore, intent: DumpIntent): Promise<boolean> {
  return await protect(repository, DUMP_PROTOCOL, intent.dumpId, { form: dumpIntents, record: intent });
}

/** The protection record of a dump in progress. */
export async function readDumpIntent(repository: ClusterStore, dumpId: string): Promise<DumpIntent | undefined> {
  return (await readOwn(repository, dumpIntents, layout.dumpIntent(repository.cluster, dumpId)))?.record;
}

/** Records how an intent ended that did not become a dump, as `close` does. */
export async function closeDump(
  repository: ClusterStore,
  { dumpId, end }: { dumpId: string; end: ClosedEnd },
): Promise<boolean> {
  const { cluster } = repository;
  return await close<DumpClosed>(repository, dumpClosings, (closedAt) => ({
    key: layout.dumpClosed(cluster, dumpId, end),
    record: { format: FORMAT, cluster, dumpId, end, closedAt },
  }));
}

/** Whether the dump exists. */
export async function isDumpCommitted(repository: ClusterStore, dumpId: string): Promise<boolean> {
  return await exists(repository, DUMP_PROTOCOL, dumpId, () => readDump(repository, dumpId));
}

/** Records a complete part. An earlier attempt's record stays, and is what is returned. */
export async function writeDumpPart(repository: ClusterStore, dumpId: string, part: DumpPart): Promise<DumpPartRef> {
  const { cluster } = repository;
  const key = layout.dumpPart(cluster, dumpId, nameOfPart(part));
  const relative = {
    ...part,
    files: part.files.map((file) => ({ ...file, key: relativeToCluster(cluster, file.key) })),
  };
  return refOf(key, await writeProved(repository, dumpParts, key, relative));
}

/**
 * The part that an earlier attempt finished, or undefined. Fails with `NameTaken` if someone else has written under its
 * key.
 */
export async function findDumpPart(
  repository: ClusterStore,
  dumpId: string,
  part: { part: string; table?: string },
): Promise<DumpPartRef | undefined> {
  const key = layout.dumpPart(repository.cluster, dumpId, part);
  const found = await readOwn(repository, dumpParts, key);
  return found && refOf(key, found);
}

const nameOfPart = ({ part, csv }: DumpPart): { part: string; table?: string } =>
  csv === undefined ? { part } : { part, table: csv.table };

function refOf(key: string, { record: part, sha256 }: { record: DumpPart; sha256: string }): DumpPartRef {
  const { described } = part;
  return { key, sha256, ...totalsOf([part]), ...given({ described }) };
}

/** Sums over parts. */
export function totalsOf(parts: readonly DumpPart[]): { tables: number; files: number; bytes: number; rows: number } {
  const sum = (of: (part: DumpPart) => number): number => parts.reduce((total, part) => total + of(part), 0);
  return {
    tables: sum(({ tables, csv }) => (csv === undefined ? tables.length : 0)), // the keyspace's own part lists them all
    files: sum(({ files }) => files.length),
    bytes: sum(({ files }) => files.reduce((bytes, { size }) => bytes + size, 0)),
    rows: sum(({ tables }) => tables.reduce((rows, table) => rows + (table.rows ?? 0), 0)),
  };
}

/** Commits a dump of parts with known hashes; see `commit`. */
export async function commitDump(
  repository: ClusterStore,
  header: DumpHeader,
  refs: readonly DumpPartRef[],
): Promise<StoredDump> {
  const { store } = repository;
  const parts: DumpPart[] = [];
  for (const ref of refs) {
    const part = await readSigned(repository, 'dump-part', ref.key, ref.sha256);
    if (!part)
      throw new RepositoryError(
        'ManifestInvalid',
        `${store.location}/${ref.key} is missing, though it was recorded. Start a new dump, and find out who deleted it.`,
      );
    parts.push(parseRecord(dumpPart, part.payload, `${store.location}/${ref.key}`));
  }
  const databases = parts.filter(({ content, csv }) => content !== 'roles' && csv === undefined).length;
  const manifest: DumpManifest = { ...header, parts, totals: { databases, ...totalsOf(parts) } };
  const payload = canonicalJson(manifest);
  parseRecord(dumpManifest, payload, `The manifest of ${header.dumpId}`);
  const problem = dumpProblem(manifest, header);
  if (problem !== undefined)
    throw new RepositoryError(
      'ManifestInvalid',
      `The dump ${header.dumpId} was not committed: ${problem}. Start a new dump, and find out who wrote to the bucket.`,
    );
  return { ...(await commit(repository, DUMP_PROTOCOL, header.dumpId, payload)), manifest };
}

/** Reads a committed dump as `readCommitted` does, with complete keys. */
export async function readDump(repository: ClusterStore, dumpId: string, sha256?: string): Promise<StoredDump> {
  const { store, cluster } = repository;
  return await readCommitted(repository, DUMP_PROTOCOL, { id: dumpId, sha256 }, (record, key) => {
    const stored = parseRecord(dumpManifest, record.payload, `${store.location}/${key}`);
    const problem = dumpProblem(stored, { dumpId, cluster });
    if (problem !== undefined)
      throw new RepositoryError(
        'ManifestInvalid',
        `${store.location}/${key} is inconsistent: ${problem}. Use another dump, and find out who wrote to the bucket.`,
      );
    const whole = (file: DumpFile): DumpFile => ({ ...file, key: inCluster(cluster, file.key) });
    const parts = stored.parts.map((part) => ({ ...part, files: part.files.map(whole) }));
    return { key, sha256: record.sha256, manifest: { ...stored, parts } };
  });
}

/** Reads a dump that is to be used: `NotFound` if it was never committed, or is deleted. */
export async function readLoadableDump(repository: ClusterStore, dumpId: string, sha256?: string): Promise<StoredDump> {
  if (await isDeleted(repository, 'dump', dumpId))
    throw new RepositoryError(
      'NotFound',
      `The dump ${dumpId} was deleted. Until its grace time is over it can be restored: kalpa undelete ${dumpId}. Or use another one: kalpa dumps.`,
    );
  return await readDump(repository, dumpId, sha256);
}

/**
 * The dump that an earlier attempt of this run committed. Fails with `NameTaken` if someone else has written under its
 * key.
 */
export async function findCommittedDump(repository: ClusterStore, dumpId: string): Promise<StoredDump | undefined> {
  return await committedBefore(repository, DUMP_PROTOCOL, dumpId, () => readDump(repository, dumpId));
}

/** Why a manifest can't be that of this dump, or undefined. */
function dumpProblem(manifest: DumpManifest, expected: { dumpId: string; cluster: string }): string | undefined {
  const { dumpId, cluster, parts, totals } = manifest;
  if (dumpId !== expected.dumpId || cluster !== expected.cluster)
    return `it is the manifest of ${dumpId} of cluster ${cluster}, so someone moved it`;
  const files = parts.flatMap((part) => part.files);
  const foreign = files.find(({ key }) => !key.startsWith(`dumps/${dumpId}/`));
  if (foreign) return `${foreign.key} is not an object of this dump`;
  if (new Set(files.map(({ key }) => key)).size < files.length) return 'it names an object twice';
  const found = totalsOf(parts);
  return found.files === totals.files && found.bytes === totals.bytes
    ? undefined
    : `its parts have ${found.files} files and ${found.bytes} bytes, its totals say ${totals.files} and ${totals.bytes}`;
}

/** Dumps of a cluster, oldest first, from listings only; only those of one database or of `ysql`, or one. */
export async function listDumps(
  repository: ClusterStore,
  only: { subject?: string | undefined; dumpId?: string | undefined } = {},
): Promise<DumpEntry[]> {
  const subjects = only.subject === undefined ? '' : encodeName(only.subject);
  const startOf = (more: string): string => only.dumpId ?? (subjects === '' ? '' : subjects + more);
  const [states, { verified }] = await Promise.all([
    listStates(repository, DUMP_PROTOCOL, startOf('-')),
    newestVerdicts(repository, 'dump', startOf('-dump-')),
  ]);
  return [...states]
    .flatMap(([dumpId, { state, endedAt, manifestBytes }]): DumpEntry[] => {
      const parsed = parseDumpId(dumpId);
      if (!parsed || (only.subject !== undefined && parsed.subject !== only.subject)) return [];
      if (only.dumpId !== undefined && dumpId !== only.dumpId) return [];
      const { subject } = parsed;
      const startedAt = truncateToSecond(parsed.startedAt);
      const ended = endedAt && truncateToSecond(endedAt);
      return [
        {
          dumpId,
          subject,
          startedAt,
          state,
          ...given({ endedAt: ended, manifestBytes, verified: verified.get(dumpId) }),
        },
      ];
    })
    .sort(oldestFirst(({ dumpId }) => dumpId));
}
