import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { TargetFile, DownloadJob } from './download-request';
import { hashFile } from './hash-file';
import { PathRefused } from './transfer-error';

/** Whether the file stands there already, with the recorded size and hash. */
export async function standsAlready(file: TargetFile, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    const there = await lstat(file.target);
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
  file: TargetFile,
  write: (handle: FileHandle, temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(file.target);
  const temporary = `${file.target}${job.request.token === undefined ? '' : `.${job.request.token}`}.tmp`;
  try {
    await makeFolder(job, folder);
    const handle = await open(temporary, TO_WRITE, 0o644);
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

/** Emptied, and never through a link that stands under the name. */
const TO_WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/** What the system's codes mean for the file; other errors say it themselves. Keeps `code`. */
function explained(error: unknown, file: TargetFile): unknown {
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
  await refuseLinks(resolve(job.request.into), folder);
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    job.folders.add(made);
    job.folders.add(dirname(made));
  }
}

/** A link between the root and the folder would lead the file somewhere else. */
async function refuseLinks(root: string, folder: string): Promise<void> {
  for (let above = folder; above.length >= root.length; above = dirname(above)) {
    const there = await lstat(above).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (there && !there.isDirectory())
      throw new PathRefused(above, 'something that is no directory stands there, and a link is not followed');
    if (above === dirname(above)) return;
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
