import { listVerifications, readVerification, type BackupKind, type ClusterStore } from '../../../repository';

/** The record of a verification that an earlier attempt of this run has written, or undefined. */
export async function findRecorded(
  repository: ClusterStore,
  { kind, id, from, firstRunId }: { kind: BackupKind; id: string; from: Date; firstRunId: string },
): Promise<{ key: string; sha256: string } | undefined> {
  for (const verdict of await listVerifications(repository, kind, id)) {
    if (Date.parse(verdict.at) < from.getTime()) continue;
    const found = await readVerification(repository, kind, id, verdict);
    if (found?.record.firstRunId === firstRunId) return { key: found.key, sha256: found.sha256 };
  }
  return undefined;
}
