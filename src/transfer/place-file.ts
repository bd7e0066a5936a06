import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DownloadFile, DownloadJob } from './download-request';
import { hashFile } from './hash-file';

/** Whether the file stands there already, with the recorded size and hash. */
export async function standsAlready(file: DownloadFile, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    const there = await stat(file.target);
    if (!there.isFile() || there.size !== file.size) return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  return (await hashFile(file.target, signal)).sha256 === file.sha256;
}

/**
 * Has a file written under a temporary name in its folder, synced, and renamed into place. `write` must throw when the
 * bytes are not the recorded ones; the temporary file is removed then, and nothing stands under the name.
 */
export async function placeFile(
  job: DownloadJob,
  file: DownloadFile,
  write: (handle: FileHandle, temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(file.target);
  const temporary = `${file.target}${job.request.token === undefined ? '' : `.${job.request.token}`}.tmp`;
  try {
    await makeFolder(job, folder);
    const handle = await open(temporary, 'w', 0o644);
    try {
      await write(handle, temporary);
      await handle.sync();
    } finally {
      await handle.close();
    }
    job.signal?.throwIfAborted();
    await rename(temporary, file.target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw explained(error, file);
  }
  job.folders.add(folder);
}

/** What the system's codes mean for the file; other errors say it themselves. Keeps `code`. */
function explained(error: unknown, file: DownloadFile): unknown {
  const code = typeof error === 'object' && error !== null ? (error as NodeJS.ErrnoException).code : undefined;
  const next =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? `the disk is full (${file.size} bytes were to be written); make room and start the restore again`
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? "this process may not write there; run the node worker as the database's user"
        : undefined;
  if (next === undefined) return error;
  return Object.assign(
    new Error(`The file ${file.target} could not be written (${String(code)}): ${next}.`, { cause: error }),
    { code },
  );
}

/** Makes a folder; each one that is new changes its parent too, which has to be synced as well. */
async function makeFolder(job: DownloadJob, folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    job.folders.add(made);
    job.folders.add(dirname(made));
  }
}

/** Makes renames durable. A file system that can't sync folders (EINVAL) does so by itself. */
export async function fsyncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}
