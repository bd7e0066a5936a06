import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { byFolder } from '../disk/by-folder';
import { Folder } from '../disk/folder';
import { sha256InSlices } from '../download/hash-file';
import type { FileToRead, InFolder, Sums } from '../thread/protocol';
import type { PackEntry } from './plan-upload';
import { readFilePart, withSources } from './read-file-part';
import type { UploadJob } from './upload-request';

/** Sums of the files, in the order of the entries, and of all of them together. */
export interface PackSums {
  files: Required<Sums>[];
  whole: Required<Sums>;
}

/** Reads the files of a pack to their places in the buffer, which they fill. Fails as `withSource` does. */
export async function readSmallFiles(job: UploadJob, entries: readonly PackEntry[], into: Buffer): Promise<PackSums> {
  return (await inThread(job, entries, into)) ?? (await oneByOne(job, entries, into));
}

/** Undefined: a file is not as it was listed, or there is no thread. The other way then reports the problem. */
async function inThread(
  { request: { directory, within }, work, signal }: UploadJob,
  entries: readonly PackEntry[],
  into: Buffer,
): Promise<PackSums | undefined> {
  const open: Folder[] = [];
  try {
    const folders: InFolder<FileToRead>[] = [];
    const order: number[] = [];
    for (const [path, indexes] of byFolder(entries.map(({ file }) => file.path))) {
      const folder = await Folder.open(within ?? directory, join(directory, path)).catch(() => undefined);
      if (!folder) return undefined;
      open.push(folder);
      order.push(...indexes);
      folders.push({ self: folder.self, files: indexes.map((index) => toRead(entries[index] as PackEntry)) });
    }
    const found = await work.readFiles(into, folders, signal);
    if (!found) return undefined;
    const files = new Array<Required<Sums>>(entries.length);
    for (const [i, index] of order.entries()) files[index] = found.files[i] as Required<Sums>;
    return { files, whole: found.whole };
  } finally {
    for (const folder of open) await folder.close();
  }
}

const toRead = ({ file, offset }: PackEntry): FileToRead => ({
  name: basename(file.path),
  size: file.size,
  mtimeNs: file.mtimeNs,
  inode: file.inode,
  at: offset,
});

async function oneByOne(
  { request, signal }: UploadJob,
  entries: readonly PackEntry[],
  into: Buffer,
): Promise<PackSums> {
  const listed = entries.map(({ file }) => file);
  const files = await withSources(request, listed, async (i, handle) => {
    const { file, offset } = entries[i] as PackEntry;
    const bytes = into.subarray(offset, offset + file.size);
    await readFilePart(handle, file, 0, bytes, signal);
    return { sha256: await sha256InSlices(bytes), crc32: crc32(bytes) };
  });
  return { files, whole: { sha256: await sha256InSlices(into), crc32: crc32(into) } };
}
