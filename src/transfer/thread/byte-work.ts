import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { sha256InSlices, SLICE_BYTES } from '../download/hash-file';
import { placeOf } from './place';
import type { FileToPlace, FileToRead, InFolder, Place, Replies, Sums, Wanted } from './protocol';
import { WorkThread, type ThreadSession } from './work-thread';

/** SHA-256 of a whole whose pieces are added in order. */
export interface WholeHash {
  /**
   * Adds the next piece, in the order of the calls. Resolves when it is hashed, and its bytes must not change before;
   * returns the requested sums of the piece itself.
   */
  add(bytes: Buffer, wanted?: Wanted): Promise<Sums>;
  /** Hex, of everything added. Ends the hash. */
  digest(): Promise<string>;
  /** Discards the hash; unnecessary but harmless after `digest`. */
  drop(): void;
}

/** Work that would block the event loop: sums of bytes, and many small files. */
export interface ByteWork {
  hash(): WholeHash;
  /** SHA-256 (hex) of pieces of a buffer. */
  sums(bytes: Buffer, pieces: { at: number; length: number }[]): Promise<string[]>;
  /** Reads listed files to their places. Undefined: a file is not as it was listed, or they can't be read this way. */
  readFiles(into: Buffer, folders: InFolder<FileToRead>[], signal?: AbortSignal): Promise<Replies['read']>;
  /**
   * Writes, syncs and renames. False: something went wrong, or they can't be placed this way; some may then already be
   * in place, and no temporary file is left.
   */
  placeFiles(from: Buffer, folders: InFolder<FileToPlace>[], signal?: AbortSignal): Promise<boolean>;
}

/** In a thread where there is a processor for it, otherwise in slices between which the event loop runs. */
export const byteWork = (processors = availableParallelism()): ByteWork =>
  processors > 1 ? threadWork(...Array.from({ length: THREADS }, () => new WorkThread())) : inlineWork;

/**
 * The hash of one large file takes one thread; the sums of its parts, or the small files of another pack, the other.
 */
const THREADS = 2;

/** The thread with the fewest users. */
const idlest = (threads: readonly WorkThread[]): WorkThread =>
  threads.reduce((one, other) => (other.users < one.users ? other : one));

async function once<T>(thread: WorkThread, work: (session: ThreadSession) => Promise<T>): Promise<T> {
  const { session, release } = thread.use();
  try {
    return await work(session);
  } finally {
    release();
  }
}

/** The work in separate threads. Buffers that they can't see (those that are not slots) are processed here. */
export function threadWork(...threads: WorkThread[]): ByteWork {
  return {
    hash: () => new ThreadHash(threads),
    sums: async (bytes, pieces) => {
      const place = placeOf(bytes);
      if (place === undefined) return await inlineWork.sums(bytes, pieces);
      return await once(idlest(threads), (session) => session.ask({ kind: 'sums', bytes: place, pieces }));
    },
    readFiles: async (bytes, folders, signal) => {
      const into = placeOf(bytes);
      if (into === undefined) return undefined;
      return await once(idlest(threads), (session) =>
        stoppable(signal, (stop) => session.ask({ kind: 'read', into, folders, stop })),
      );
    },
    placeFiles: async (bytes, folders, signal) => {
      const from = placeOf(bytes);
      if (from === undefined) return false;
      return await once(idlest(threads), (session) =>
        stoppable(signal, (stop) => session.ask({ kind: 'place', from, folders, stop })),
      );
    },
  };
}

let hashes = 0;

class ThreadHash implements WholeHash {
  private readonly number = (hashes += 1);
  private readonly used: { session: ThreadSession; release: () => void };
  /** For the sums of pieces, which are independent of the pieces before them. */
  private readonly others: readonly WorkThread[];
  private over = false;

  constructor(threads: readonly WorkThread[]) {
    const thread = idlest(threads);
    this.used = thread.use();
    this.others = threads.filter((other) => other !== thread);
  }

  async add(bytes: Buffer, wanted: Wanted = {}): Promise<Sums> {
    const place = placeOf(bytes) ?? copied(bytes);
    if (wanted.sha256 !== true || this.others.length === 0) return await this.addTo(place, wanted);
    // Waits for both even if one fails: until then the bytes are in use.
    const [added, sums] = await Promise.allSettled([
      this.addTo(place, { ...wanted, sha256: false }),
      once(idlest(this.others), (session) =>
        session.ask({ kind: 'sums', bytes: place, pieces: [{ at: 0, length: place.length }] }),
      ),
    ]);
    if (added.status === 'rejected') throw added.reason;
    if (sums.status === 'rejected') throw sums.reason;
    const [sha256 = ''] = sums.value;
    return { ...added.value, sha256 };
  }

  private async addTo(bytes: Place, wanted: Wanted): Promise<Sums> {
    return await this.used.session.ask({ kind: 'add', hash: this.number, bytes, wanted });
  }

  async digest(): Promise<string> {
    try {
      return await this.used.session.ask({ kind: 'digest', hash: this.number });
    } finally {
      this.drop();
    }
  }

  drop(): void {
    if (this.over) return;
    this.over = true;
    this.used.session.forget(this.number);
    this.used.release();
  }
}

const inlineWork: ByteWork = {
  hash: () => new InlineHash(),
  sums: async (bytes, pieces) => {
    const found: string[] = [];
    let sinceTurn = 0;
    for (const { at, length } of pieces) {
      found.push(await sha256InSlices(bytes.subarray(at, at + length)));
      sinceTurn += length;
      if (sinceTurn < SLICE_BYTES) continue;
      sinceTurn = 0;
      await turn();
    }
    return found;
  },
  readFiles: async () => undefined,
  placeFiles: async () => false,
};

class InlineHash implements WholeHash {
  private readonly whole = createHash('sha256');
  private last: Promise<unknown> = Promise.resolve();

  add(bytes: Buffer, wanted: Wanted = {}): Promise<Sums> {
    const added = this.last.then(async () => {
      const own = wanted.sha256 === true ? createHash('sha256') : undefined;
      let checksum = 0;
      for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
        const slice = bytes.subarray(at, at + SLICE_BYTES);
        this.whole.update(slice);
        own?.update(slice);
        if (wanted.crc32 === true) checksum = crc32(slice, checksum);
        await turn();
      }
      return { ...(wanted.crc32 === true ? { crc32: checksum } : {}), ...(own ? { sha256: own.digest('hex') } : {}) };
    });
    this.last = added;
    return added;
  }

  async digest(): Promise<string> {
    await this.last;
    return this.whole.digest('hex');
  }

  drop(): void {
    // Nothing to free.
  }
}

function copied(bytes: Buffer): Place {
  const buffer = new SharedArrayBuffer(bytes.length);
  bytes.copy(Buffer.from(buffer));
  return { buffer, offset: 0, length: bytes.length };
}

/** A flag in shared memory, which is set when the signal is aborted and which the thread checks. */
async function stoppable<T>(
  signal: AbortSignal | undefined,
  work: (stop: SharedArrayBuffer) => Promise<T>,
): Promise<T> {
  const flag = new SharedArrayBuffer(4);
  const raise = (): void => {
    Atomics.store(new Int32Array(flag), 0, 1);
  };
  signal?.throwIfAborted();
  signal?.addEventListener('abort', raise, { once: true });
  try {
    return await work(flag);
  } finally {
    signal?.removeEventListener('abort', raise);
  }
}
