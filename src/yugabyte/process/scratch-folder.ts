import { lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `os.userInfo` fails in a container whose user has no name. */
const userId = (): number => process.getuid?.() ?? 0;

/** Contains the scratch folders of this user's processes, each named after its process. */
const sharedFolder = (within: string): string => join(within, `kalpa-${userId()}`);

/**
 * A new folder that only this user can read, for files that a tool reads or writes: schemas, rows, a password. The
 * caller removes it; if the process dies first, a later process's `removeAbandonedScratch` does.
 */
export async function makeScratchFolder(within = tmpdir()): Promise<string> {
  const shared = sharedFolder(within);
  await mkdir(shared, { mode: 0o700, recursive: true });
  const found = await lstat(shared);
  // In a directory that is writable for all users, someone else could have created it first.
  if (!found.isDirectory() || found.uid !== userId())
    throw new Error(
      `${shared} belongs to another user, and scratch files are not put there. Remove it, or set TMPDIR to a directory of this user.`,
    );
  return await mkdtemp(join(shared, `${process.pid}-`));
}

/**
 * Removes what killed processes have left, and returns the paths. Call it once, before this process makes a scratch
 * folder: one with the same process id comes from an earlier process (in a container ids repeat).
 */
export async function removeAbandonedScratch(within = tmpdir()): Promise<string[]> {
  const shared = sharedFolder(within);
  const names = await readdir(shared).catch(() => []);
  const abandoned = names.filter((name) => /^\d+-/.test(name) && !isAlive(Number.parseInt(name, 10)));
  const paths = abandoned.map((name) => join(shared, name));
  for (const path of paths) await rm(path, { recursive: true, force: true });
  return paths;
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
