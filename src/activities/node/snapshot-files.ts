import { pathInSnapshot } from '../../repository';
import { inFolder, listFiles, SourceChanged, SourceRefused, type SourceFile } from '../../transfer';
import { snapshotDirectory, snapshotProblem, tabletsRoot, type TabletHome } from '../../yugabyte';

/** Where the files of one snapshot of a replica are. */
export interface SnapshotPlace {
  directory: string;
  /** No symbolic link between it and the directory is followed. */
  within: string;
}

export const snapshotPlace = (home: TabletHome, tablet: string, snapshotId: string): SnapshotPlace => ({
  directory: snapshotDirectory(home, tablet, snapshotId),
  within: tabletsRoot(home),
});

/**
 * The files of a snapshot, or why this replica can't be copied: it is incomplete, or its node is unavailable. Fails
 * with
 * `SourceRefused`, finally, on what a tserver never creates: links, FIFOs, names that no manifest may have.
 */
export async function snapshotFiles(
  { directory, within }: SnapshotPlace,
  signal?: AbortSignal,
): Promise<{ files: SourceFile[] } | { problem: string }> {
  try {
    const files = await listFiles(directory, { within, signal });
    for (const { path } of files) refuseName(directory, path);
    const names = new Set(files.map(({ path }) => path));
    const problem = snapshotProblem(names.has('CURRENT') ? await currentOf({ directory, within }) : undefined, names);
    return problem === undefined ? { files } : { problem };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { problem: 'it has no directory of this snapshot' };
    if (error instanceof SourceChanged) return { problem: error.message };
    throw error;
  }
}

/** A name that a manifest can't represent would make a backup that nobody can restore. */
function refuseName(directory: string, path: string): void {
  if (!pathInSnapshot.safeParse(path).success)
    throw new SourceRefused(
      `${directory}/${JSON.stringify(path).slice(1, -1)}`,
      "has a name that a backup can't record (control characters, backslashes or too many folders)",
    );
}

/** Longer than any name of a MANIFEST. */
const MAX_NAME_BYTES = 256;

async function currentOf({ directory, within }: SnapshotPlace): Promise<string> {
  return await inFolder(within, directory, async (folder) => {
    const handle = await folder.file('CURRENT');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_NAME_BYTES), 0, MAX_NAME_BYTES, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await handle.close();
    }
  });
}
