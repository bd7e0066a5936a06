import type { ClusterStore } from '../cluster-store';
import { readFilesOf } from '../backups/backup-files';
import type { ManifestHeader } from '../backups/manifest-schema';
import { readManifest } from '../backups/manifests';
import { isRepositoryError } from '../repository-error';

/**
 * Whose objects a backup needs beside its own, and how many bytes of them, packs whole; the one place that knows how a
 * manifest says so.
 */
export function referencesOf({ refersTo }: Pick<ManifestHeader, 'refersTo'>): { id: string; bytes: number }[] {
  return refersTo.map(({ backupId, bytes, unusedBytes = 0 }) => ({ id: backupId, bytes: bytes + unusedBytes }));
}

/** The manifest of a backup that is not going to be swept, for its references; undefined where it is gone meanwhile. */
export async function readForReferences(
  repository: ClusterStore,
  backupId: string,
): Promise<ManifestHeader | undefined> {
  try {
    // Whoever signed it: what it refers to is kept, which is all that is believed of it.
    const { store, cluster } = repository;
    return (await readManifest({ store, cluster }, backupId)).header;
  } catch (error) {
    if (isRepositoryError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** Keys below a prefix that a backup needs. */
export async function neededBelow(
  repository: ClusterStore,
  header: ManifestHeader,
  prefix: string,
  needed: Set<string>,
): Promise<void> {
  for (const { key } of [...header.segments, ...header.artefacts]) if (key.startsWith(prefix)) needed.add(key);
  for await (const { object } of readFilesOf(repository, header)) if (object.startsWith(prefix)) needed.add(object);
}
