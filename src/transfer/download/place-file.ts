import { constants } from 'node:fs';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { byFolder } from '../disk/by-folder';
import { Folder, inFolder } from '../disk/folder';
import { LinkFound } from '../disk/describe-entry';
import type { TargetFile, DownloadJob } from './download-request';
import { hashHandle } from './hash-file';
import { runAll } from '../run-all';
import type { FileToPlace, InFolder } from '../thread/protocol';
import { TargetRefused } from '../transfer-error';

/**
 * Which files already exist with the recorded size and hash. Each folder is listed once: usually there are none.
 */
export async function findExisting(job: DownloadJob, files: readonly TargetFile[], width: number): Promise<boolean[]> {
  const standing = new Array<boolean>(files.length).fill(false);
  for (const [path, indexes] of byFolder(files.map((file) => file.target)))
    try {
      await inFolder(withinOf(job), path, async (folder) => {
        const names = new Set(await readdir(folder.self));
        const there = indexes.filter((index) => names.has(basename(files[index]?.target ?? '')));
        await runAll(there, width, job.failed, async (index) => {
          standing[index] = await existsIn(folder, job, files[index] as TargetFile);
        });
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw refuseTarget(error);
    }
  return standing;
}

async function existsIn(folder: Folder, job: DownloadJob, file: TargetFile): Promise<boolean> {
  const handle = await folder.file(basename(file.target)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // gone since the folder was read
    throw error;
  });
  if (handle === undefined) return false;
  try {
    const { size } = await handle.stat();
    if (size !== file.size || (await hashHandle(handle, job.signal)).sha256 !== file.sha256) return false;
    job.meter.addFiles(1);
    job.meter.addBytes(file.size);
    job.report();
    return true;
  } finally {
    await handle.close();
  }
}

/** Files of one folder that are written in parallel: a sync waits for the disk, not for the processor. */
const MAX_CONCURRENCY = 8;

/**
 * Has files written under temporary names in their folders, synced, and renamed into place. `write` must throw when the
 * bytes differ from the recorded ones; the temporary file is then removed, and nothing is left under the name.
 */
export async function placeFiles(
  job: DownloadJob,
  files: readonly TargetFile[],
  write: (file: TargetFile, handle: FileHandle) => Promise<void>,
): Promise<void> {
  for (const [path, indexes] of byFolder(files.map((file) => file.target))) {
    const ofFolder = indexes.map((index) => files[index] as TargetFile);
    const [first] = ofFolder;
    const folder = await targetFolder(job, path).catch((error: unknown) => {
      throw first ? explained(refuseTarget(error), first) : error;
    });
    try {
      await runAll(ofFolder, MAX_CONCURRENCY, new AbortController(), async (file) => {
        try {
          await placeIn(folder, job, file, async (handle) => {
            await write(file, handle);
          });
        } catch (error) {
          throw explained(refuseTarget(error), file);
        }
      });
    } finally {
      await folder.close();
    }
    job.folders.add(path);
  }
}

async function targetFolder(job: DownloadJob, path: string): Promise<Folder> {
  const make = (folder: string): void => {
    job.folders.add(folder).add(dirname(folder)); // each one that is new changes its parent too
  };
  return await Folder.open(withinOf(job), path, { make });
}

/**
 * Places many files whose checked bytes are in memory. False: it can't place them this way, or something went wrong;
 * `placeFiles` then tries again and reports the problem.
 */
export async function placeSmallFiles(
  job: DownloadJob,
  files: readonly TargetFile[],
  bytes: Buffer,
  startOf: (file: TargetFile) => number,
): Promise<boolean> {
  if (files.length === 1) return false; // one that is larger is better written side by side with others
  const open: Folder[] = [];
  try {
    const folders: InFolder<FileToPlace>[] = [];
    for (const [path, indexes] of byFolder(files.map((file) => file.target))) {
      const folder = await targetFolder(job, path).catch(() => undefined);
      if (!folder) return false;
      open.push(folder);
      const toPlace = indexes.map((index) => {
        const file = files[index] as TargetFile;
        const name = basename(file.target);
        return { name, temporary: temporaryOf(job, name), at: startOf(file), size: file.size };
      });
      folders.push({ self: folder.self, files: toPlace });
      job.folders.add(path);
    }
    if (!(await job.work.placeFiles(bytes, folders, job.signal))) return false;
  } finally {
    for (const folder of open) await folder.close();
  }
  job.meter.addFiles(files.length);
  job.meter.addBytes(files.reduce((sum, file) => sum + file.size, 0));
  job.report();
  return true;
}

const temporaryOf = ({ request: { token } }: DownloadJob, name: string): string =>
  `${name}${token === undefined ? '' : `.${token}`}.tmp`;

async function placeIn(
  folder: Folder,
  job: DownloadJob,
  file: TargetFile,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const name = basename(file.target);
  const temporary = temporaryOf(job, name);
  const handle = await folder.file(temporary, TO_WRITE, 0o644); // refuses anything that is not a file
  try {
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    job.signal.throwIfAborted();
    await rename(folder.at(temporary), folder.at(name));
  } catch (error) {
    await rm(folder.at(temporary), { force: true });
    throw error;
  }
  job.meter.addFiles(1);
  job.report();
}

const TO_WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;

const withinOf = ({ request }: DownloadJob): string => request.within ?? request.into;

/** The failure for a link or a FIFO in the place of a file; other errors stay as they are. */
export function refuseTarget(error: unknown): unknown {
  return error instanceof LinkFound ? new TargetRefused(error.path, `is ${error.found}`) : error;
}

/** Explains the system's error codes for this file; other errors are left as they are. Keeps `code`. */
function explained(error: unknown, file: TargetFile): unknown {
  const code = typeof error === 'object' && error !== null ? (error as NodeJS.ErrnoException).code : undefined;
  const next =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? `the disk is full (${file.size} bytes were to be written); free some space and start the restore again`
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? "this process may not write there; run the node worker as the database's user"
        : undefined;
  if (next === undefined) return error;
  return Object.assign(
    new Error(`The file ${file.target} could not be written (${String(code)}): ${next}.`, { cause: error }),
    { code },
  );
}

/** Makes renames durable. A file system that can't sync folders (EINVAL) does not need it. */
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
