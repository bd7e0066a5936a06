import { z } from 'zod';
import { isStoreError, type ObjectStore } from '../../transfer';
import { readJson, textOf } from '../../untrusted';
import { canonicalJson } from '../canonical-json';
import { isRepositoryError, RepositoryError } from '../repository-error';

/** Creates a record unless it exists; the first one stays. Says whether this call made it. */
export async function createRecord<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
  record: T,
): Promise<boolean> {
  const bytes = canonicalJson(parse(schema, record, key));
  try {
    await store.create(key, bytes, { contentType: 'application/json' });
    return true;
  } catch (error) {
    if (isStoreError(error, 'exists')) return false;
    throw error;
  }
}

/** A record of one run, its input and its result. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/** Reads a record; undefined if there is none. Fails with `ManifestInvalid` if it can't be parsed. */
export async function readRecord<T>(store: ObjectStore, key: string, schema: z.ZodType<T>): Promise<T | undefined> {
  return await readTwice(async () => {
    const bytes = await readLimited(store, key, LARGEST_BYTES);
    return bytes && parseRecord(schema, bytes, `${store.location}/${key}`);
  });
}

/** Once more where a record can't be believed or understood: it may have been damaged on the way. */
export async function readTwice<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
    return await read();
  }
}

/** Reads a record of limited size, checked before it is read; undefined if there is none. */
export async function readLimited(store: ObjectStore, key: string, atMost: number): Promise<Buffer | undefined> {
  try {
    return await store.read(key, { atMost });
  } catch (error) {
    if (isStoreError(error, 'missing') && error.code !== 'NoSuchBucket') return undefined;
    if (!isStoreError(error, 'oversized')) throw error;
    throw new RepositoryError(
      'ManifestInvalid',
      `${store.location}/${key} is larger than any record that Kalpa writes there (${atMost} bytes), so it was not read. Find out who wrote to the bucket.`,
      { cause: error },
    );
  }
}

/** Parses a record. A format that this version does not know is refused. */
export function parseRecord<T>(schema: z.ZodType<T>, bytes: Buffer, where: string): T {
  const text = textOf(bytes);
  const read = text === undefined ? undefined : readJson(schema, text);
  if (read?.ok) return read.value;
  const format = text === undefined ? undefined : formatOf(text);
  if (format !== undefined && format > 1)
    throw new RepositoryError(
      'ManifestInvalid',
      `${where} has format ${format}; this Kalpa knows format 1. Use a newer Kalpa.`,
    );
  throw invalid(where, read?.problem ?? 'it is not UTF-8');
}

/** The format that a record claims to have. */
function formatOf(text: string): number | undefined {
  const read = readJson(z.looseObject({ format: z.number() }), text);
  return read.ok ? read.value.format : undefined;
}

function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'record'}: ${issue.message}`);
  throw invalid(where, problems.slice(0, 10).join('; '));
}

const invalid = (where: string, problem: string): RepositoryError =>
  new RepositoryError(
    'ManifestInvalid',
    `${where} is not a record of format 1 (${problem}). Use another backup, or a Kalpa of the version that wrote it.`,
  );
