import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  decodeSnapshotFile,
  exportSnapshot,
  makeScratchFolder,
  readMadeFile,
  ToolFailed,
  type SnapshotFile,
  type Yugabyte,
} from '../../../yugabyte';

/** What a snapshot covers, from the file that the cluster exports of it. */
export async function exportedSnapshot(
  yugabyte: Yugabyte,
  snapshotId: string,
  signal: AbortSignal,
): Promise<{ exported: SnapshotFile; content: Buffer }> {
  const scratch = await makeScratchFolder();
  try {
    const file = join(scratch, 'snapshot.pb');
    await yugabyte.run(exportSnapshot, { snapshotId, file }, { signal });
    const content = await readMadeFile(file, 'yb-admin');
    return { exported: decodeSnapshotFile(content), content };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Whether an export was refused because a table of the snapshot, or its whole database, was dropped since: the master
 * looks each one up in the catalog (`RepackSnapshotsForBackup` of catalog_manager_ext.cc). Releases before mid-2022
 * refuse for a single table (#13361).
 */
export const isOfDroppedTable = (error: unknown): error is ToolFailed =>
  error instanceof ToolFailed &&
  /relnamespace oid for table oid|Table not found by ID|not found in Raft group/.test(error.reason);
