import type { z } from 'zod';
import { isStoreError, type ObjectStore } from '../transfer';
import { canonicalJson } from './canonical-json';
import { RepositoryError } from './repository-error';

/** Creates a record unless it is there; the first one stays. Says whether this call made it. */
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

/** Reads a record; undefined when there is none. Fails with `ManifestInvalid` when it can't be understood. */
export async function readRecord<T>(store: ObjectStore, key: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return parseRecord(schema, await store.read(key, { atMost: LARGEST_BYTES }), `${store.location}/${key}`);
  } catch (error) {
    if (isStoreError(error, 'oversized'))
      throw new RepositoryError(
        'ManifestInvalid',
        `${store.location}/${key} is larger than any record that Kalpa writes there, so it was not read. Find out who wrote to the bucket.`,
        { cause: error },
      );
    if (isStoreError(error, 'missing') && error.code !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

/** Understands the bytes of a record. A format that this version does not know is refused. */
export function parseRecord<T>(schema: z.ZodType<T>, bytes: Buffer, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new RepositoryError(
      'ManifestInvalid',
      `${where} is no JSON, so it was not written by Kalpa or is damaged. Use another backup.`,
      { cause: error },
    );
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1) {
    throw new RepositoryError(
      'ManifestInvalid',
      `${where} has format ${format}; this Kalpa knows format 1. Use a newer Kalpa.`,
    );
  }
  return parse(schema, value, where);
}

function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .map((issue) => `${issue.path.join('.') || 'record'}: ${issue.message}`)
    .join('; ');
  throw new RepositoryError(
    'ManifestInvalid',
    `${where} is not a record of format 1 (${problems}). Use another backup, or a Kalpa of the version that wrote it.`,
  );
}
