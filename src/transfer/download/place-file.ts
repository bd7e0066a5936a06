import { constants } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Folder, inFolder } from '../disk/folder';
import { LinkFound } from '../disk/what-stands';
import type { TargetFile, DownloadJob } from './download-request';
import { hashHandle } from './hash-file';
import { runAll } from '../run-all';
import { TargetRefused } from '../transfer-error';

/** Whether the file stands there already, with the recorded size and hash. */
export async function standsAlready(job: DownloadJob, file: TargetFile): Promise<boolean> {
  try {
    return await inFolder(withinOf(job), dirname(file.target), async (folder) => {
      const handle = await folder.file(basename(file.target));
      try {
        const { size } = await handle.stat();
        return size === file.size && (await hashHandle(handle, job.signal)).sha256 === file.sha256;
      } finally {
        await handle.close();
      }
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw refuseTarget(error);
  }
}

/** Files of one folder that are written side by side: a sync waits for the disk, not for the processor. */
const AT_ONCE = 8;

/**
 * Has files written under temporary names in their folders, synced, and renamed into place. `write` must throw when the
 * bytes are not the recorded ones; the temporary file is removed then, and nothing stands under the name.
 */
export async function placeFiles(
  job: DownloadJob,
  files: readonly TargetFile[],
  write: (file: TargetFile, handle: FileHandle) => Promise<void>,
): Promise<void> {
  for (const [path, ofFolder] of byFolder(files)) {
    const made = (folder: string): void => {
      job.folders.add(folder).add(dirname(folder)); // each one that is new changes its parent too
    };
    const [first] = ofFolder;
    const folder = await Folder.open(withinOf(job), path, { make: made }).catch((error: unknown) => {
      throw first ? explained(refuseTarget(error), first) : error;
    });
    try {
      await runAll(ofFolder, AT_ONCE, new AbortController(), async (file) => {
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

function byFolder(files: readonly TargetFile[]): Map<string, TargetFile[]> {
  const folders = new Map<string, TargetFile[]>();
  for (const file of files) {
    const path = dirname(file.target);
    const others = folders.get(path);
    if (others) others.push(file);
    else folders.set(path, [file]);
  }
  return folders;
}

async function placeIn(
  folder: Folder,
  job: DownloadJob,
  file: TargetFile,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const name = basename(file.target);
  const temporary = `${name}${job.request.token === undefined ? '' : `.${job.request.token}`}.tmp`;
  const handle = await folder.file(temporary, TO_WRITE, 0o644); // what is no file there stays as it is
  try {
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    job.signal?.throwIfAborted();
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

/** What a link or a FIFO means where a file is to be placed; other errors stay as they are. */
export function refuseTarget(error: unknown): unknown {
  return error instanceof LinkFound ? new TargetRefused(error.path, `is ${error.what}`) : error;
}

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
