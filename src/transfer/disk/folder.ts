import { constants, existsSync, type BigIntStats } from 'node:fs';
import { lstat, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { LinkFound, describeEntry } from './describe-entry';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Linux lists open folders there, so that an entry can be opened relative to the open folder itself rather than by a
 * path that may have changed.
 */
const HANDLES = '/proc/self/fd';
const HAS_HANDLES = existsSync(HANDLES);

/**
 * A folder that is held open. Whatever is opened, made or renamed in it goes through its handle, so neither it nor any
 * folder between it and the root can be swapped for a link in the meantime. Where the system has no names for open
 * folders (macOS), each part of the path is checked first.
 */
export class Folder {
  private constructor(
    /** As written by the operator, for messages. */
    readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * Opens `path`, which is `root` or below it. Links at or above the root are the operator's choice and are followed;
   * one below it ends with `LinkFound`, as does anything else that is not a folder. `make`: missing folders are made,
   * and each new path is passed to `made`.
   */
  static async open(root: string, path: string, { make }: { make?: (made: string) => void } = {}): Promise<Folder> {
    const base = resolve(root);
    if (make) await makeAbove(base, make);
    let folder = new Folder(base, await open(base, O_RDONLY | O_DIRECTORY));
    try {
      for (const part of partsBelow(base, path)) {
        const next = await folder.child(part, make);
        await folder.close();
        folder = next;
      }
      return folder;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /** The path by which the system finds an entry of this folder. */
  at(name: string): string {
    return HAS_HANDLES ? `${HANDLES}/${this.handle.fd}/${name}` : join(this.path, name);
  }

  /** The path by which the system finds the folder itself. */
  get self(): string {
    return HAS_HANDLES ? `${HANDLES}/${this.handle.fd}/.` : this.path;
  }

  /** What exists under a name, without following links. */
  async look(name: string): Promise<BigIntStats> {
    return await lstat(this.at(name), { bigint: true });
  }

  /**
   * Opens a regular file, never through a link, and never blocking on the other end of a FIFO. Anything else ends with
   * `LinkFound`.
   */
  async file(name: string, flags = O_RDONLY, mode?: number): Promise<FileHandle> {
    const path = join(this.path, name);
    const handle = await open(this.at(name), flags | O_NOFOLLOW | O_NONBLOCK, mode).catch(async (error: unknown) => {
      throw await this.explained(error, name);
    });
    try {
      const found = await handle.stat({ bigint: true });
      if (!found.isFile()) throw new LinkFound(path, describeEntry(found));
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** A folder in this one. */
  async child(name: string, make?: (made: string) => void): Promise<Folder> {
    const path = join(this.path, name);
    if (make) {
      try {
        await mkdir(this.at(name));
        make(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    if (!HAS_HANDLES) await this.confirmFolder(name);
    const handle = await open(this.at(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch(async (error: unknown) => {
      throw await this.explained(error, name);
    });
    return new Folder(path, handle);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async confirmFolder(name: string): Promise<void> {
    const found = await this.look(name);
    if (!found.isDirectory()) throw new LinkFound(join(this.path, name), describeEntry(found));
  }

  /** The system's code depends on what kind of thing could not be opened; other errors stay as they are. */
  private async explained(error: unknown, name: string): Promise<unknown> {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !['ELOOP', 'ENOTDIR', 'ENXIO', 'EISDIR', 'EOPNOTSUPP'].includes(code)) return error;
    const found = await this.look(name).catch(() => undefined);
    return found ? new LinkFound(join(this.path, name), describeEntry(found)) : error;
  }
}

async function makeAbove(base: string, make: (made: string) => void): Promise<void> {
  const first = await mkdir(base, { recursive: true });
  if (first !== undefined) for (let made = base; made.length >= first.length; made = dirname(made)) make(made);
}

function partsBelow(base: string, path: string): string[] {
  const below = relative(base, resolve(path));
  if (below.startsWith('..')) throw new RangeError(`${path} is not below ${base}`);
  return below === '' ? [] : below.split(sep);
}

/** Does one thing with a folder, and closes it whatever happens. */
export async function inFolder<T>(root: string, path: string, work: (folder: Folder) => Promise<T>): Promise<T> {
  const folder = await Folder.open(root, path);
  try {
    return await work(folder);
  } finally {
    await folder.close();
  }
}
