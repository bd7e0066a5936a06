import type { ProofLevel } from '../../../contract';
import {
  isInSample,
  readBackup,
  readLoadableDump,
  storedFilesOf,
  storedFilesOfDump,
  type BackupKind,
  type ClusterStore,
  type OnUnreadable,
  type StoredFile,
} from '../../../repository';
import { findNamed } from '../../retention/find-named';

/** What is to be verified, as its manifest lists it. */
export interface Subject {
  kind: BackupKind;
  id: string;
  database: string;
  manifestSha256: string;
  /** Bytes and files, without file lists and artefacts. */
  totals: { files: number; bytes: number };
  /** Backups whose objects it consists of, itself first. */
  owners: string[];
  /** A file list that can't be read is told, and what it names is skipped. */
  files: (onUnreadable?: OnUnreadable) => AsyncIterable<StoredFile> | Iterable<StoredFile>;
}

/** Reads what an id names, checked, and not deleted. */
export async function subjectOf(repository: ClusterStore, id: string, sha256?: string): Promise<Subject> {
  return await readSubject(repository, await findNamed(repository, id), sha256);
}

/** The same for an id already listed: among thousands, a listing of all is not repeated for each. */
export async function readSubject(
  repository: ClusterStore,
  { kind, id, database }: { kind: BackupKind; id: string; database: string },
  sha256?: string,
): Promise<Subject> {
  if (kind === 'dump') {
    const { manifest, sha256: manifestSha256 } = await readLoadableDump(repository, id, sha256);
    const { files, bytes } = manifest.totals;
    const all = (): Iterable<StoredFile> => storedFilesOfDump(manifest);
    return { kind, id, database, manifestSha256, totals: { files, bytes }, owners: [id], files: all };
  }
  const { header, sha256: manifestSha256 } = await readBackup(repository, id, sha256);
  const { files, bytes } = header.totals;
  return {
    ...{ kind, id, database, manifestSha256, totals: { files, bytes } },
    owners: [id, ...header.refersTo.map(({ backupId }) => backupId).filter((owner) => owner !== id)],
    files: (onUnreadable = () => undefined) => storedFilesOf(repository, header, onUnreadable),
  };
}

/** Whether a level reads a file; planning and recording both use it. */
export function isRead(level: ProofLevel, file: StoredFile, { digest, day }: { digest: string; day: Date }): boolean {
  if (level === 'full') return true;
  // File lists and artefacts have no recorded ETag; they are small, and every restore needs them.
  return level === 'sample' && (file.etag === undefined || isInSample(digest, day));
}
