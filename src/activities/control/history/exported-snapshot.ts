import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  decodeSnapshotFile,
  exportSnapshot,
  makeScratchFolder,
  readMadeFile,
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
