import { constants, existsSync, type BigIntStats } from 'node:fs';
import { lstat, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { LinkFound, whatStands } from './what-stands';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Linux names an open folder there, so that what is below it can be opened by the folder itself and not by a path that
 * may have changed.
 */
const HANDLES = '/proc/self/fd';
const HAS_HANDLES = existsSync(HANDLES);

/**
 * A folder that is held open. What is opened, made or renamed in it goes through the handle: neither it nor anything
 * between it and the root can be exchanged for a link meanwhile. Where the system has no names for open folders
 * (macOS), each part is looked at before.
 */
export class Folder {
  private constructor(
    /** As people write it, for messages. */
    readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * Opens `path`, which is `root` or below it. Links above and at the root are the operator's own business and
   * followed; one below it ends with `LinkFound`, as does anything else that is no folder. `make`: what is missing is
   * made; its paths go to `made`.
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

  /** By what the system finds an entry of this folder. */
  at(name: string): string {
    return HAS_HANDLES ? `${HANDLES}/${this.handle.fd}/${name}` : join(this.path, name);
  }

  /** By what the system finds the folder itself. */
  get self(): string {
    return HAS_HANDLES ? `${HANDLES}/${this.handle.fd}/.` : this.path;
  }

  /** What stands under a name, links not followed. */
  async look(name: string): Promise<BigIntStats> {
    return await lstat(this.at(name), { bigint: true });
  }

  /**
   * Opens an ordinary file, never through a link, and never waiting for the other end of a FIFO. Anything else ends
   * with `LinkFound`.
   */
  async file(name: string, flags = O_RDONLY, mode?: number): Promise<FileHandle> {
    const path = join(this.path, name);
    const handle = await open(this.at(name), flags | O_NOFOLLOW | O_NONBLOCK, mode).catch(async (error: unknown) => {
      throw await this.explained(error, name);
    });
    try {
      const found = await handle.stat({ bigint: true });
      if (!found.isFile()) throw new LinkFound(path, whatStands(found));
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
    if (!found.isDirectory()) throw new LinkFound(join(this.path, name), whatStands(found));
  }

  /** The system's codes for what may not be opened differ with what stands there; other errors stay as they are. */
  private async explained(error: unknown, name: string): Promise<unknown> {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !['ELOOP', 'ENOTDIR', 'ENXIO', 'EISDIR', 'EOPNOTSUPP'].includes(code)) return error;
    const found = await this.look(name).catch(() => undefined);
    return found ? new LinkFound(join(this.path, name), whatStands(found)) : error;
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

/** Does one thing with a folder, and closes it in any case. */
export async function inFolder<T>(
  root: string,
  path: string,
  work: (folder: Folder) => Promise<T>,
  options: { make?: (made: string) => void } = {},
): Promise<T> {
  const folder = await Folder.open(root, path, options);
  try {
    return await work(folder);
  } finally {
    await folder.close();
  }
}
