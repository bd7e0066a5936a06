import { ChecksumMismatch, confirmObject, crc32Base64, isStoreError, sha256Of, type ObjectStore } from '../transfer';
import { crc32 } from 'node:zlib';
import { NameTaken } from './signing/name-taken';

/**
 * Creates an object whose key contains its hash. An existing one is compared: it is either the same or someone else's
 * (`NameTaken`).
 */
export async function createHashed(
  store: ObjectStore,
  keyOf: (sha16: string) => string,
  bytes: Buffer,
): Promise<{ key: string; sha256: string; size: number }> {
  const sha256 = sha256Of(bytes);
  const key = keyOf(sha256.slice(0, 16));
  try {
    await store.create(key, bytes, { sha256 });
  } catch (error) {
    if (!isStoreError(error, 'exists')) throw error;
    const expected = { key, size: bytes.length, crc32: crc32Base64(crc32(bytes)), sha256 };
    await confirmObject(store, expected).catch((other: unknown) => {
      if (!(other instanceof ChecksumMismatch)) throw other;
      throw new NameTaken(`${store.location}/${key}`, 'its content does not match the hash in its name');
    });
  }
  return { key, sha256, size: bytes.length };
}
