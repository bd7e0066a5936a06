import type { ClusterStore } from '../cluster-store';
import { readFilesOf } from '../backups/backup-files';
import type { ManifestHeader } from '../backups/manifest-schema';
import { readManifest } from '../backups/manifests';
import { layout } from '../layout/layout';
import { intents } from '../records/write-records';
import { isRepositoryError } from '../repository-error';
import { readProved } from '../signing/proved-records';
import { requiresSignatures, Moved, Untrusted } from '../signing/trust';
import type { Repairs } from '../verification/repairs';
import { isClosed } from './intents';

/**
 * The backups whose objects a backup needs besides its own, and how many bytes of them, counting whole packs; the only
 * place that knows how a manifest records this.
 */
export function referencesOf({ refersTo }: Pick<ManifestHeader, 'refersTo'>): { id: string; bytes: number }[] {
  return refersTo.map(({ backupId, bytes, unusedBytes = 0 }) => ({ id: backupId, bytes: bytes + unusedBytes }));
}

/**
 * The manifest of a backup that is not going to be swept, for its references; undefined if it has disappeared
 * meanwhile.
 */
export async function readForReferences(
  repository: ClusterStore,
  backupId: string,
): Promise<ManifestHeader | undefined> {
  try {
    // The signature does not matter: all it can do is keep the objects that it refers to.
    const { store, cluster } = repository;
    return (await readManifest({ store, cluster }, backupId)).header;
  } catch (error) {
    if (isRepositoryError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/**
 * Whether an unreadable manifest may once have been ours. Anyone who may create objects can write an unreadable one,
 * and must not be able to stop every sweep that way: where records are signed it counts only if a known key has signed
 * it under this name, or has signed the protection record of a backup that has not ended.
 */
export async function mayBeOurs(repository: ClusterStore, backupId: string): Promise<boolean> {
  if (!requiresSignatures(repository.trust)) return true;
  const { cluster } = repository;
  if (await isSigned(async () => await readManifest(repository, backupId))) return true;
  const begun = await isSigned(async () => await readProved(repository, intents, layout.intent(cluster, backupId)));
  return begun && (await isClosed(repository, backupId)) === undefined;
}

/** Whether a known key has signed a record for this name, even if this version can't parse it. */
async function isSigned(read: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await read()) !== undefined;
  } catch (error) {
    if (isRepositoryError(error, 'NotFound')) return false;
    if (isRepositoryError(error, 'ManifestInvalid')) return !(error instanceof Untrusted) && !(error instanceof Moved);
    throw error;
  }
}

/** Keys below a prefix that a backup needs, including those of repaired files. */
export async function neededKeysUnder(
  repository: ClusterStore,
  header: ManifestHeader,
  prefix: string,
  { needed, repairs }: { needed: Set<string>; repairs: Repairs },
): Promise<void> {
  for (const { key } of [...header.segments, ...header.artefacts]) if (key.startsWith(prefix)) needed.add(key);
  for await (const line of readFilesOf(repository, header)) {
    if (!line.object.startsWith(prefix)) continue;
    needed.add(line.object);
    for (const { object } of repairs.placesOf(line)) needed.add(object);
  }
}
