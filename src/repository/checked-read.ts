import { isStoreError, sha256Of, type ObjectStore } from '../transfer';
import { RepositoryError, type RepositoryErrorKind } from './repository-error';

/** An object whose hash is known. */
export interface HashedObject {
  key: string;
  sha256: string;
  /** Recorded bytes: a larger object is another one. */
  size?: number | undefined;
}

/**
 * Reads an object and compares its SHA-256 with the recorded one; damage on the way gets a second try. `kind` is what
 * other bytes mean here.
 */
export async function readChecked(
  store: ObjectStore,
  object: HashedObject,
  kind: RepositoryErrorKind,
  what: string,
): Promise<Buffer> {
  let found = '';
  for (let tries = 0; tries < 2; tries += 1) {
    const bytes = await readPresent(store, object, kind, what);
    found = sha256Of(bytes);
    if (found === object.sha256) return bytes;
  }
  throw new RepositoryError(
    kind,
    `The ${what} ${store.location}/${object.key} is not what was recorded: expected SHA-256 ${object.sha256}, found ${found}. Use another backup, and find out who wrote to the bucket.`,
  );
}

/** Where no size was recorded. */
const LARGEST_BYTES = 256 * 1024 * 1024;

/** Reads an object that must be there because something that was committed names it. */
async function readPresent(
  store: ObjectStore,
  { key, size = LARGEST_BYTES }: HashedObject,
  kind: RepositoryErrorKind,
  what: string,
): Promise<Buffer> {
  try {
    return await store.read(key, { atMost: size });
  } catch (error) {
    if (isStoreError(error, 'oversized'))
      throw new RepositoryError(
        kind,
        `The ${what} ${store.location}/${key} is larger than was recorded (${size} bytes), so it was not read. Use another backup, and find out who wrote to the bucket.`,
        { cause: error },
      );
    if (!isStoreError(error, 'missing') || error.code === 'NoSuchBucket') throw error;
    throw new RepositoryError(
      kind,
      `The ${what} ${store.location}/${key} is missing, though it was recorded. Use another backup, and find out who deleted it.`,
      {
        cause: error,
      },
    );
  }
}
