import type { ClusterStore } from '../cluster-store';
import { isRepositoryError, RepositoryError } from '../repository-error';

/**
 * Under a name that a record is to get stands what this repository's writers did not write. Nothing of it is believed.
 */
export class NameTaken extends RepositoryError {
  constructor(where: string, reason: string) {
    super(
      'AlreadyExists',
      `${where} was written by somebody else: ${reason}. Nothing was written in its place, and nothing of it was taken for ours. Look who may create objects in the bucket, remove this one, and start again.`,
    );
  }
}

/** Reads what only this run can have written; whatever is wrong with it, somebody else wrote it. */
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

/** The first sentence of a message about an object, without its name. */
function reasonOf(message: string, where: string): string {
  const said = message.startsWith(`${where} `) ? `it${message.slice(where.length)}` : message;
  return said.replace(/\. [^]*$|\.$/, '');
}
