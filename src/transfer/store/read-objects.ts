import { createHash } from 'node:crypto';
import type { ObjectStore } from './object-store';
import { isStoreError } from './store-error';
import { ChecksumMismatch } from '../transfer-error';

/** An object with its recorded hash. */
export interface StoredObject {
  key: string;
  size: number;
  sha256: string;
  etag: string;
  versionId?: string | undefined;
}

/** Two of these are in memory: the one in use, and the next one in transit. */
const RANGE_BYTES = 8 * 1024 * 1024;

/**
 * The bytes of objects, one after another, read no faster than they are used. At the end of each object its SHA-256
 * must equal the recorded one; otherwise `ChecksumMismatch`, after its bytes have already been given out.
 */
export async function* readObjects(
  store: ObjectStore,
  objects: readonly StoredObject[],
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const object of objects) {
    const hash = createHash('sha256');
    let next: Promise<Buffer> | undefined;
    try {
      for (let offset = 0; offset < object.size; offset += RANGE_BYTES) {
        const range = await (next ?? readRange(store, object, offset, signal));
        next = offset + RANGE_BYTES < object.size ? readRange(store, object, offset + RANGE_BYTES, signal) : undefined;
        next?.catch(() => undefined); // thrown when it is this range's turn
        hash.update(range);
        yield range;
      }
    } finally {
      await next?.catch(() => undefined);
    }
    const found = hash.digest('hex');
    if (found !== object.sha256) throw mismatch(store, object, `expected SHA-256 ${object.sha256}, found ${found}`);
  }
}

async function readRange(
  store: ObjectStore,
  object: StoredObject,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const range = Buffer.allocUnsafeSlow(Math.min(RANGE_BYTES, object.size - offset));
  try {
    const { etag, versionId } = object;
    await store.readRange(object.key, offset, range, { ifMatch: etag, versionId, signal });
    return range;
  } catch (error) {
    if (!isStoreError(error, 'changed')) throw error;
    throw mismatch(store, object, `the object was replaced (expected ETag ${object.etag})`);
  }
}

function mismatch(store: ObjectStore, object: StoredObject, difference: string): ChecksumMismatch {
  return new ChecksumMismatch(
    `${store.location}/${object.key}`,
    difference,
    'Whatever was loaded from them is removed; use another dump, and find out who wrote to the bucket.',
  );
}
