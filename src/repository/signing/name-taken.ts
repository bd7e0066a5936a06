import type { ClusterStore } from '../cluster-store';
import { isRepositoryError, RepositoryError } from '../repository-error';

/**
 * The name that a record is to get is taken by something that this repository's writers did not write. None of it is
 * trusted.
 */
export class NameTaken extends RepositoryError {
  constructor(where: string, reason: string) {
    super(
      'AlreadyExists',
      `${where} was written by someone else: ${reason}. Nothing was written in its place, and nothing in it was used. Check who may create objects in the bucket, remove this one, and start again.`,
    );
  }
}

/** Reads a record that only this run can have written; whatever is wrong with it, someone else wrote it. */
export async function ownOr<T>(
  { store }: Pick<ClusterStore, 'store'>,
  key: string,
  read: () => Promise<T> | T,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
    const where = `${store.location}/${key}`;
    throw new NameTaken(where, reasonOf(error.message, where));
  }
}

/** The first sentence of a message about an object, without the object's name. */
function reasonOf(message: string, where: string): string {
  const text = message.startsWith(`${where} `) ? `it${message.slice(where.length)}` : message;
  return text.replace(/\. [^]*$|\.$/, '');
}
