import { isUtf8 } from 'node:buffer';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Folder } from '../disk/folder';
import { LinkFound, describeEntry } from '../disk/describe-entry';
import { sourceFile, type SourceFile } from './source-file';
import { SourceChanged, SourceRefused } from '../transfer-error';

/**
 * Every file below a directory, sorted by path (code units, the same everywhere). Anything but files and folders ends
 * with `SourceRefused`, as do a name that is not UTF-8 and a link between `within` and the directory (default: only the
 * directory itself).
 */
export async function listFiles(
  directory: string,
  { within = directory, signal }: { within?: string; signal?: AbortSignal | undefined } = {},
): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const walk = async (folder: Folder, relative: string): Promise<void> => {
    signal?.throwIfAborted();
    for (const name of await namesIn(folder)) {
      const path = `${relative}${name}`;
      const found = await stillExists(folder, name, path);
      if (found.isFile()) files.push(sourceFile(path, found));
      else if (found.isDirectory()) await inChild(folder, name, async (child) => await walk(child, `${path}/`));
      else throw new LinkFound(join(folder.path, name), describeEntry(found));
    }
  };
  try {
    const top = await Folder.open(within, directory);
    try {
      await walk(top, '');
    } finally {
      await top.close();
    }
  } catch (error) {
    throw refuseSource(error);
  }
  return files.sort((a, b) => comparePaths(a.path, b.path));
}

/** The failure for a link or a FIFO among a snapshot's files; other errors stay as they are. */
export function refuseSource(error: unknown): unknown {
  return error instanceof LinkFound
    ? new SourceRefused(shownPath(error.path), `is ${error.found}, where only files and folders belong`)
    : error;
}

/** Order of paths in packs and manifests: by code units, so that the bytes of a pack do not depend on a locale. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A name that isn't UTF-8 would be decoded as a different one, and no manifest could hold it. */
async function namesIn(folder: Folder): Promise<string[]> {
  return (await readdir(folder.self, { encoding: 'buffer' })).map((name) => {
    if (isUtf8(name)) return name.toString('utf8');
    throw new SourceRefused(join(shownPath(folder.path), shownBytes(name)), 'has a name that is not UTF-8');
  });
}

async function inChild(folder: Folder, name: string, work: (child: Folder) => Promise<void>): Promise<void> {
  const child = await folder.child(name);
  try {
    await work(child);
  } finally {
    await child.close();
  }
}

async function stillExists(folder: Folder, name: string, path: string) {
  try {
    return await folder.look(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new SourceChanged(path, 'it was removed while the directory was listed');
    throw error;
  }
}

/** A path as it is, or as JSON if it contains control characters. */
const shownPath = (path: string): string => (/\p{Cc}/u.test(path) ? JSON.stringify(path) : path);

/** Bytes that are not text: printable ones as they are, the others in hex. */
const shownBytes = (name: Buffer): string =>
  Array.from(name, (byte) =>
    byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
