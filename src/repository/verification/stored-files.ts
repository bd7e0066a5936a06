import { createHash } from 'node:crypto';
import { given } from '../../objects/given';
import type { RecordedFile } from '../../transfer';
import { readFilesOf, type OnUnreadable } from '../backups/backup-files';
import type { ManifestHeader } from '../backups/manifest-schema';
import type { ClusterStore } from '../cluster-store';
import type { DumpManifest } from '../dumps/dump-schema';
import { relativeToCluster, ownerOfKey } from '../layout/layout';

/** A part of a backup or dump as it is stored. */
export interface StoredFile extends RecordedFile {
  /** The backup or dump that owns the object. */
  owner: string;
}

/**
 * Everything that a backup consists of besides its manifest, one file list in memory at a time: the file lists
 * themselves, the artefacts, and each file. A list that can't be read is yielded all the same; its files are skipped.
 */
export async function* storedFilesOf(
  repository: ClusterStore,
  header: ManifestHeader,
  onUnreadable: OnUnreadable,
): AsyncGenerator<StoredFile> {
  const { cluster } = repository;
  const ownerOf = (object: string): string => ownerOfKey(relativeToCluster(cluster, object));
  for (const { key: object, size, sha256 } of [...header.segments, ...header.artefacts])
    yield { object, size, sha256, owner: ownerOf(object) };
  for await (const { object, offset, size, sha256, etag, versionId } of readFilesOf(repository, header, onUnreadable))
    yield { object, size, sha256, etag, owner: ownerOf(object), ...given({ offset, versionId }) };
}

/** The same for a dump. */
export function* storedFilesOfDump({ dumpId, parts }: DumpManifest): Generator<StoredFile> {
  for (const { files } of parts)
    for (const { key: object, size, sha256, etag, versionId } of files)
      yield { object, size, sha256, etag, owner: dumpId, ...given({ versionId }) };
}

/** Bytes of a digest, which is written in base64url. */
const DIGEST_BYTES = 15;
export const DIGEST_CHARS = 20;

/**
 * Identifies a range of an object together with its recorded content: what one verification has read counts for every
 * backup that recorded exactly the same, and for no other.
 */
export function digestOf(cluster: string, { object, offset, size, sha256, versionId }: RecordedFile): string {
  const text = [relativeToCluster(cluster, object), versionId ?? '', offset ?? '', size, sha256].join('\n');
  return createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES).toString('base64url');
}

/** Each sample holds one file in this many, different ones each day. */
const SAMPLES = 30;

/** Whether a file belongs to the sample of a day. */
export function isInSample(digest: string, day: Date): boolean {
  const number = Buffer.from(digest.slice(0, 8), 'base64url').readUInt32BE();
  return (number + Math.floor(day.getTime() / 86_400_000)) % SAMPLES === 0;
}
