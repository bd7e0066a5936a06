import type { z } from 'zod';
import { sha256Of } from '../../transfer';
import { canonicalJson } from '../canonical-json';
import type { ClusterStore } from '../cluster-store';
import { parseRecord, readTwice } from '../records/records';
import { isRepositoryError, RepositoryError } from '../repository-error';
import { ownOr } from './name-taken';
import { createSigned, readSignedOnce } from './signed-records';
import { requiresSignatures, Moved, type SignedKind } from './trust';

/** A kind of record that decisions depend on. */
export interface RecordForm<T> {
  /** Part of what is signed. */
  kind: SignedKind;
  schema: z.ZodType<T>;
  /**
   * The keys in this cluster that it may be stored under, derived from its own fields: a signed record that was copied
   * to another name does not count.
   */
  keysOf: (cluster: string, record: T) => string[];
}

/** The outcome of writing a record. */
export interface Written<T> {
  /** This call wrote it. */
  made: boolean;
  /** The stored record: this one, or an earlier one. */
  record: T;
  /** Of its payload. */
  sha256: string;
}

/**
 * Writes a record unless one exists; the first one stays. Fails with `NameTaken` if the existing one was not written by
 * this repository's writers, or is not a record of this kind and name.
 */
export async function writeProved<T>(
  repository: ClusterStore,
  form: RecordForm<T>,
  key: string,
  given: T,
): Promise<Written<T>> {
  const where = `${repository.store.location}/${key}`;
  const record = parseRecord(form.schema, canonicalJson(given), where);
  const payload = canonicalJson(record);
  const { made, payload: there } = await createSigned(repository, form.kind, key, payload);
  const stands = there.equals(payload)
    ? record
    : await ownOr(repository, key, () => understood(repository, form, key, there));
  return { made, record: stands, sha256: sha256Of(there) };
}

/**
 * Reads a record; undefined if there is none. `Untrusted` if no known key signed it, `ManifestInvalid` if it can't be
 * parsed.
 */
export async function readProved<T>(
  repository: ClusterStore,
  form: RecordForm<T>,
  key: string,
): Promise<T | undefined> {
  return (await readRecord(repository, form, key))?.record;
}

/** With its hash; read once more where it can't be believed or understood. */
async function readRecord<T>(
  repository: ClusterStore,
  form: RecordForm<T>,
  key: string,
): Promise<Omit<Written<T>, 'made'> | undefined> {
  return await readTwice(async () => {
    const there = await readSignedOnce(repository, form.kind, key);
    return there && { record: understood(repository, form, key, there.payload), sha256: there.sha256 };
  });
}

/**
 * The same for a record that only this run can have written: one that is not trusted has taken its name (`NameTaken`).
 */
export async function readOwn<T>(
  repository: ClusterStore,
  form: RecordForm<T>,
  key: string,
): Promise<Omit<Written<T>, 'made'> | undefined> {
  return await ownOr(repository, key, async () => await readRecord(repository, form, key));
}

/** What was left out of an answer. */
export interface LeftOut {
  count: number;
  /** The reason for the first one; it names the object. */
  first: string;
}

/** The records that were read, each with its key. */
export interface ReadRecords<T> {
  records: { key: string; record: T }[];
  leftOut?: LeftOut;
}

/** Small records read at a time. */
const WIDTH = 32;

/**
 * Reads several records, in the same order; those that no known key signed are left out. `evenDamaged`: so are those
 * that can't be parsed; otherwise these fail with `ManifestInvalid`, since leaving them out would lose them unnoticed.
 */
export async function readEach<T>(
  repository: ClusterStore,
  form: RecordForm<T>,
  keys: readonly string[],
  { evenDamaged = false }: { evenDamaged?: boolean } = {},
): Promise<ReadRecords<T>> {
  const records: { key: string; record: T }[] = [];
  const why: string[] = [];
  for (let from = 0; from < keys.length; from += WIDTH) {
    const some = keys.slice(from, from + WIDTH);
    const read = await Promise.all(
      some.map(async (key) => await readProved(repository, form, key).catch((error: unknown) => error)),
    );
    for (const [i, one] of read.entries()) {
      if (one instanceof Error) {
        if (!isRepositoryError(one, 'ManifestInvalid') || (one instanceof NotUnderstood && !evenDamaged)) throw one;
        why.push(one.message);
      } else if (one !== undefined) records.push({ key: some[i] ?? '', record: one as T });
    }
  }
  return { records, ...leftOutOf(why) };
}

/** The sum of what several answers left out. */
export function leftOutOf(why: readonly string[], more: readonly (LeftOut | undefined)[] = []): { leftOut?: LeftOut } {
  const all = [...why.map((first) => ({ count: 1, first })), ...more.filter((one) => one !== undefined)];
  const [one] = all;
  return one ? { leftOut: { count: all.reduce((sum, { count }) => sum + count, 0), first: one.first } } : {};
}

/** Written by a trusted writer, but this version can't parse it. */
class NotUnderstood extends RepositoryError {}

function understood<T>({ store, cluster, trust }: ClusterStore, form: RecordForm<T>, key: string, payload: Buffer): T {
  const where = `${store.location}/${key}`;
  const record = parsed(form, payload, where);
  if (!requiresSignatures(trust) || form.keysOf(cluster, record).includes(key)) return record;
  throw new Moved(where, 'a signed record with another name');
}

function parsed<T>(form: RecordForm<T>, payload: Buffer, where: string): T {
  try {
    return parseRecord(form.schema, payload, where);
  } catch (error) {
    if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
    throw new NotUnderstood('ManifestInvalid', error.message, { cause: error });
  }
}
