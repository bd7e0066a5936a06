import { createHash } from 'node:crypto';
import type { ObjectHead, ObjectStore } from '../store/object-store';
import { isStoreError } from '../store/store-error';
import { ChecksumMismatch } from '../transfer-error';
import { updateInSlices } from '../download/hash-file';
import { SLOT_BYTES } from '../limits/slot-pool';

/** What an object is expected to be. */
export interface ExpectedObject {
  key: string;
  size: number;
  /** As the store reports it for an object uploaded this way. */
  crc32: string;
  /** SHA-256 of all its bytes, for stores that keep no checksum. */
  sha256: string;
}

/**
 * Compares an existing object with what was to be written: by size and the store's checksum, or by reading it back
 * where the store has none. If equal, the object is ours; otherwise fails with `ChecksumMismatch`.
 */
export async function confirmObject(store: ObjectStore, expected: ExpectedObject): Promise<ObjectHead> {
  const head = await store.head(expected.key);
  if (head.size !== expected.size) throw mismatch(store, expected, `${expected.size} bytes`, `${head.size} bytes`);
  if (head.crc32 !== undefined && sameForm(head.crc32, expected.crc32)) {
    if (head.crc32 !== expected.crc32) throw mismatch(store, expected, `CRC32 ${expected.crc32}`, head.crc32);
    return head;
  }
  const sha256 = await hashObject(store, expected.key, head);
  if (sha256 !== expected.sha256) throw mismatch(store, expected, `SHA-256 ${expected.sha256}`, sha256);
  return head;
}

/** The same, or undefined if the key is free. */
export async function findObject(store: ObjectStore, expected: ExpectedObject): Promise<ObjectHead | undefined> {
  try {
    return await confirmObject(store, expected);
  } catch (error) {
    if (isStoreError(error, 'missing') && error.code !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

/** SHA-256 (hex) of an object's bytes, read in ranges. */
export async function hashObject(store: ObjectStore, key: string, head: ObjectHead): Promise<string> {
  const hash = createHash('sha256');
  const range = Buffer.allocUnsafe(Math.min(SLOT_BYTES, head.size));
  for (let offset = 0; offset < head.size; offset += range.length) {
    const part = range.subarray(0, Math.min(range.length, head.size - offset));
    await store.readRange(key, offset, part, { ifMatch: head.etag, versionId: head.versionId });
    await updateInSlices(hash, part);
  }
  return hash.digest('hex');
}

/** A composite checksum can't be compared with one over the whole object. */
const sameForm = (a: string, b: string): boolean => (a.split('-')[1] ?? '') === (b.split('-')[1] ?? '');

function mismatch(store: ObjectStore, expected: ExpectedObject, wanted: string, found: string): ChecksumMismatch {
  return new ChecksumMismatch(
    `${store.location}/${expected.key}`,
    `expected ${wanted}, found ${found}`,
    'Objects are written once, so this one is not replaced: someone else wrote it, or the store has damaged it. Check who may create objects there, and start again; a new run has new names.',
    'what this run was to write there',
  );
}
