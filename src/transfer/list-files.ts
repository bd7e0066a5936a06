import { readdir, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceFile, type SourceFile } from './source-file';
import { SourceChanged } from './transfer-error';

/** Every regular file below a directory, sorted by path (code units, the same everywhere). Links are not followed. */
export async function listFiles(directory: string, signal?: AbortSignal): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const walk = async (relative: string): Promise<void> => {
    signal?.throwIfAborted();
    for (const entry of await readdir(join(directory, relative), { withFileTypes: true })) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) files.push(sourceFile(path, await stillThere(directory, path)));
    }
  };
  await walk('');
  return files.sort((a, b) => comparePaths(a.path, b.path));
}

/** Order of paths in packs and manifests: by code units, so that no locale changes the bytes of a pack. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function stillThere(directory: string, path: string) {
  try {
    return await lstat(join(directory, path), { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new SourceChanged(path, 'it was removed while the directory was listed');
    throw error;
  }
}
