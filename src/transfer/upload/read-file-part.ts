import type { Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { inFolder } from '../disk/folder';
import { refuseSource } from './list-files';
import { assertUnchanged, type SourceFile } from './source-file';
import { SourceChanged } from '../transfer-error';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Opens a listed file, hands it over, checks that it is still the listed one afterwards, and closes it in any case.
 * Fails with
 * `SourceRefused` where something else than a file stands there now, or a link on the way.
 */
export async function withSource<T>(
  { directory, within }: { directory: string; within?: string | undefined },
  listed: SourceFile,
  read: (file: FileHandle) => Promise<T>,
): Promise<T> {
  let file: FileHandle;
  try {
    const path = join(directory, listed.path);
    file = await inFolder(within ?? directory, dirname(path), async (folder) => await folder.file(basename(path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new SourceChanged(listed.path, 'it was removed');
    throw refuseSource(error);
  }
  try {
    assertUnchanged(listed, await file.stat({ bigint: true }));
    const result = await read(file);
    assertUnchanged(listed, await file.stat({ bigint: true }));
    return result;
  } finally {
    await file.close();
  }
}

/**
 * Fills a Buffer from a position, feeding the hash in the same pass, in slices that leave the event loop free
 * between them. Returns the CRC32 of the bytes.
 */
export async function readFilePart(
  file: FileHandle,
  listed: SourceFile,
  position: number,
  into: Buffer,
  hash: Hash,
  signal?: AbortSignal,
): Promise<number> {
  let checksum = 0;
  for (let filled = 0; filled < into.length;) {
    signal?.throwIfAborted();
    const length = Math.min(CHUNK_BYTES, into.length - filled);
    const { bytesRead } = await file.read(into, filled, length, position + filled);
    if (bytesRead === 0) {
      throw new SourceChanged(listed.path, `it ends at byte ${position + filled} of ${listed.size}`);
    }
    const slice = into.subarray(filled, filled + bytesRead);
    hash.update(slice);
    checksum = crc32(slice, checksum);
    filled += bytesRead;
  }
  return checksum;
}
