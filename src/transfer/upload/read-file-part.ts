import type { FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { byFolder } from '../disk/by-folder';
import { Folder } from '../disk/folder';
import { refuseSource } from './list-files';
import { assertUnchanged, type SourceFile } from './source-file';
import { runAll } from '../run-all';
import { SourceChanged } from '../transfer-error';

const CHUNK_BYTES = 4 * 1024 * 1024;

/** Where listed files are. No link below `within`, a folder above, is followed. Default: `directory`. */
export interface SourcePlace {
  directory: string;
  within?: string | undefined;
}

/**
 * Opens a listed file, hands it over, checks that it is still the listed one afterwards, and closes it whatever
 * happens. Fails with `SourceRefused` if something other than a file is there by now, or a link is in the way.
 */
export async function withSource<T>(
  place: SourcePlace,
  listed: SourceFile,
  read: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const [result] = await withSources(place, [listed], async (_, file) => ({ read: await read(file) }));
  return (result as { read: T }).read;
}

/** Files of one folder that are read in parallel. */
const MAX_CONCURRENCY = 8;

/** The same for many files: each folder is opened once. Results are in the order of the files. */
export async function withSources<T>(
  { directory, within }: SourcePlace,
  listed: readonly SourceFile[],
  read: (index: number, file: FileHandle) => Promise<T>,
): Promise<T[]> {
  const results = new Array<T>(listed.length);
  for (const [path, indexes] of byFolder(listed.map((file) => file.path))) {
    const first = listed[indexes[0] ?? 0] as SourceFile;
    const folder = await Folder.open(within ?? directory, join(directory, path)).catch((error: unknown) => {
      throw notThere(error, first);
    });
    try {
      await runAll(indexes, MAX_CONCURRENCY, new AbortController(), async (index) => {
        results[index] = await readListed(folder, listed[index] as SourceFile, (file) => read(index, file));
      });
    } finally {
      await folder.close();
    }
  }
  return results;
}

async function readListed<T>(folder: Folder, listed: SourceFile, read: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await folder.file(basename(listed.path)).catch((error: unknown) => {
    throw notThere(error, listed);
  });
  try {
    assertUnchanged(listed, await file.stat({ bigint: true }));
    const result = await read(file);
    assertUnchanged(listed, await file.stat({ bigint: true }));
    return result;
  } finally {
    await file.close();
  }
}

function notThere(error: unknown, listed: SourceFile): unknown {
  const removed = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return removed ? new SourceChanged(listed.path, 'it was removed') : refuseSource(error);
}

/** Fills a buffer from a position of the file. */
export async function readFilePart(
  file: FileHandle,
  listed: SourceFile,
  position: number,
  into: Buffer,
  signal?: AbortSignal,
): Promise<void> {
  for (let filled = 0; filled < into.length;) {
    signal?.throwIfAborted();
    const length = Math.min(CHUNK_BYTES, into.length - filled);
    const { bytesRead } = await file.read(into, filled, length, position + filled);
    if (bytesRead === 0) {
      throw new SourceChanged(listed.path, `it ends at byte ${position + filled} of ${listed.size}`);
    }
    filled += bytesRead;
  }
}
