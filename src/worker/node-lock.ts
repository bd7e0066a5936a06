import { randomBytes } from 'node:crypto';
import { constants, closeSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Beside the tserver's own `instance` file: a worker that may serve this node can write there, and containers share it.
 */
const FOLDER = join('yb-data', 'tserver');
/** By cluster: each name in Kalpa has queues of its own, so a worker for another name does no harm. */
const nameOf = (cluster: string): string => `kalpa-node-${cluster}.sock`;
/** After this time, two workers that remove the same dead lock at once can be told apart. */
const SETTLE_MS = 300;
const POLL_INTERVAL_MS = 5_000;
const RESPONSE_TIMEOUT_MS = 5_000;

export interface LockHolder {
  pid: number;
  host: string;
  version: string;
  since: string;
  /** Workers that wait for it to end. */
  waiting: number;
}

export interface NodeLock {
  /** Resolves when another worker has the lock although this one has not released it: someone removed the file. */
  lost: Promise<void>;
  release(): void;
}

interface Holding {
  dataDir: string;
  /** Its name in `kalpa.yaml`. */
  cluster: string;
  self: Omit<LockHolder, 'waiting'>;
  /** Called each time another holder is found. */
  onWait: (holder: LockHolder) => void;
}

/**
 * One worker for each node: holds a listening socket in the first data directory, or waits until the worker that does
 * has ended. The kernel closes a socket with its process, however that dies, and knows it through every container that
 * sees the directory; so a lock is never stale.
 */
export async function holdNode({ dataDir, cluster, self, onWait }: Holding): Promise<NodeLock> {
  const folder = new LockFolder(join(dataDir, FOLDER), nameOf(cluster));
  for (;;) {
    const lock = await folder.take(self);
    if (lock) return lock;
    await folder.untilFree(onWait);
  }
}

/** Who serves the node of this data directory; undefined if nobody does. */
export async function nodeHolder(dataDir: string, cluster: string): Promise<LockHolder | undefined> {
  const folder = new LockFolder(join(dataDir, FOLDER), nameOf(cluster));
  let found: LockHolder | undefined;
  try {
    await folder.ask((holder, socket) => {
      found = holder;
      socket.destroy();
    }, 'look\n');
  } catch (error) {
    if (!isFree(error)) throw error;
  } finally {
    folder.close();
  }
  return found;
}

/** No socket, or one whose process is gone or was just ending (ECONNRESET). */
function isFree(error: unknown): error is NodeJS.ErrnoException {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'ENOENT';
}

class LockFolder {
  private readonly descriptor: number;

  constructor(
    private readonly folder: string,
    private readonly name: string,
  ) {
    this.descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /** Undefined if another process is listening. */
  async take(self: Holding['self']): Promise<NodeLock | undefined> {
    const own = `${this.name}.${process.pid}-${randomBytes(4).toString('hex')}`;
    const waiters = new Set<Socket>();
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (part) => {
        if (part.toString() === 'wait\n') waiters.add(socket);
        socket.write(`${JSON.stringify({ ...self, waiting: waiters.size })}\n`);
      });
      socket.once('close', () => waiters.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.at(own), resolve);
    });
    const ours = statSync(this.at(own)).ino;
    const mine = (): boolean => statSync(this.at(this.name), { throwIfNoEntry: false })?.ino === ours;
    const end = (): void => {
      if (mine()) rmSync(this.at(this.name), { force: true });
      rmSync(this.at(own), { force: true });
      server.close();
      for (const socket of waiters) socket.destroy();
    };
    try {
      linkSync(this.at(own), this.at(this.name));
    } catch (error) {
      end();
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
      throw error;
    }
    await sleep(SETTLE_MS);
    if (!mine()) {
      end();
      return undefined;
    }
    rmSync(this.at(own), { force: true });
    server.unref();
    let timer: NodeJS.Timeout | undefined;
    let released = false;
    const lost = new Promise<void>((resolve) => {
      timer = setInterval(() => {
        if (!mine()) resolve();
      }, POLL_INTERVAL_MS).unref();
    });
    return {
      lost,
      release: () => {
        if (released) return;
        released = true;
        clearInterval(timer);
        end();
        this.close();
      },
    };
  }

  /** Returns when nobody listens any more; a socket whose process is gone is removed. */
  async untilFree(onWait: Holding['onWait']): Promise<void> {
    try {
      await this.ask(onWait, 'wait\n');
    } catch (error) {
      if (!isFree(error)) throw error;
      if (error.code === 'ECONNREFUSED') this.putAway();
    }
  }

  /** Connects, asks, and returns when the connection has ended. Rejects if nobody listens. */
  async ask(onHolder: (holder: LockHolder, socket: Socket) => void, question: 'look\n' | 'wait\n'): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(this.at(this.name));
      let text = '';
      let connected = false;
      if (question === 'look\n') socket.setTimeout(RESPONSE_TIMEOUT_MS, () => socket.destroy());
      socket.once('connect', () => {
        connected = true;
        socket.write(question);
      });
      // After connecting: the holder died before it had read the question (ECONNRESET, EPIPE).
      socket.on('error', (error) => {
        if (connected) resolve();
        else reject(error);
      });
      socket.once('close', () => {
        resolve();
      });
      socket.on('data', (part) => {
        text += part.toString();
        if (text.endsWith('\n')) onHolder(JSON.parse(text) as LockHolder, socket);
      });
    });
  }

  /**
   * The dead socket is renamed to a unique name first, so that of two workers that find it dead only one removes it.
   */
  private putAway(): void {
    const aside = `${this.name}.dead-${process.pid}-${randomBytes(4).toString('hex')}`;
    try {
      renameSync(this.at(this.name), this.at(aside));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    rmSync(this.at(aside), { force: true });
  }

  /** A socket's path may have 107 characters: on Linux the folder is named by its descriptor. */
  private at(name: string): string {
    return process.platform === 'linux' ? `/proc/self/fd/${this.descriptor}/${name}` : join(this.folder, name);
  }
}
