import { createHash } from 'node:crypto';
import type { ObjectStore } from './object-store';
import { isStoreError } from './store-error';
import { ChecksumMismatch } from '../transfer-error';

/** An object whose content is known. */
export interface StoredObject {
  key: string;
  size: number;
  sha256: string;
  etag: string;
  versionId?: string | undefined;
}

/** Two of these are in memory: the one that is being used, and the next one on its way. */
const RANGE_BYTES = 8 * 1024 * 1024;

/**
 * The bytes of objects, one behind the other, read no faster than they are used. At the end of each object its SHA-256
 * must be the recorded one: `ChecksumMismatch` otherwise, when its bytes have been given out already.
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
    throw mismatch(store, object, `another object stands there now (expected ETag ${object.etag})`);
  }
}

function mismatch(store: ObjectStore, object: StoredObject, difference: string): ChecksumMismatch {
  return new ChecksumMismatch(
    `${store.location}/${object.key}`,
    difference,
    'What was made of them is removed; use another dump, and find out who wrote to the bucket.',
  );
}
