import { isStoreError, sha256Of, type ObjectStore } from '../transfer';
import { RepositoryError, type RepositoryErrorKind } from './repository-error';

/** An object with its recorded hash. */
export interface HashedObject {
  key: string;
  sha256: string;
  /** Recorded bytes: a larger object can't be the recorded one. */
  size?: number | undefined;
}

/**
 * Reads an object and compares its SHA-256 with the recorded one; damage in transit gets a second attempt. `kind` is
 * the error's kind if the bytes differ.
 */
export async function readChecked(
  store: ObjectStore,
  object: HashedObject,
  kind: RepositoryErrorKind,
  noun: string,
): Promise<Buffer> {
  let found = '';
  for (let tries = 0; tries < 2; tries += 1) {
    const bytes = await readPresent(store, object, kind, noun);
    found = sha256Of(bytes);
    if (found === object.sha256) return bytes;
  }
  throw new RepositoryError(
    kind,
    `The ${noun} ${store.location}/${object.key} is not what was recorded: expected SHA-256 ${object.sha256}, found ${found}. Use another backup, and find out who wrote to the bucket.`,
  );
}

/** The limit where no size was recorded. */
const LARGEST_BYTES = 256 * 1024 * 1024;

/** Reads an object that must exist because a committed record names it. */
async function readPresent(
  store: ObjectStore,
  { key, size = LARGEST_BYTES }: HashedObject,
  kind: RepositoryErrorKind,
  noun: string,
): Promise<Buffer> {
  try {
    return await store.read(key, { atMost: size });
  } catch (error) {
    if (isStoreError(error, 'oversized'))
      throw new RepositoryError(
        kind,
        `The ${noun} ${store.location}/${key} is larger than was recorded (${size} bytes), so it was not read. Use another backup, and find out who wrote to the bucket.`,
        { cause: error },
      );
    if (!isStoreError(error, 'missing') || error.code === 'NoSuchBucket') throw error;
    throw new RepositoryError(
      kind,
      `The ${noun} ${store.location}/${key} is missing, though it was recorded. Use another backup, and find out who deleted it.`,
      {
        cause: error,
      },
    );
  }
}
