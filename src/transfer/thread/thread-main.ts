import type * as crypto from 'node:crypto';
import type * as fs from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import type * as zlib from 'node:zlib';
import type {
  ThreadRequest,
  FileToPlace,
  FileToRead,
  FromThread,
  InFolder,
  Place,
  Replies,
  Sums,
  ToThread,
} from './protocol';

/** What the thread needs of Node. */
export interface ThreadModules {
  port: MessagePort;
  crypto: typeof crypto;
  fs: typeof fs;
  zlib: typeof zlib;
}

/**
 * The whole program of the thread. It is passed as source text, so that the same code runs built and from the sources
 * (Node 20 does not run TypeScript): except for types, nothing from outside this function may be used in it.
 *
 * It handles files only if everything is as expected and otherwise reports that it could not. The slower implementation
 * on the main thread then repeats the work and reports the error.
 */
export function threadMain({ port, crypto, fs, zlib }: ThreadModules): void {
  const { O_RDONLY, O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  /** Syncs that wait for the disk at a time. */
  const SYNCS = 8;
  const QUICK_MS = 0.5;
  const hashes = new Map<number, crypto.Hash>();

  const bytesOf = ({ buffer, offset, length }: Place): Buffer => Buffer.from(buffer, offset, length);
  const sha256 = (bytes: Buffer): string => crypto.createHash('sha256').update(bytes).digest('hex');
  const bothSums = (bytes: Buffer): Required<Sums> => ({ crc32: zlib.crc32(bytes), sha256: sha256(bytes) });
  const stopped = (stop: SharedArrayBuffer): boolean => Atomics.load(new Int32Array(stop), 0) !== 0;

  const add = ({ hash, bytes, wanted }: Extract<ThreadRequest, { kind: 'add' }>): Replies['add'] => {
    const known = hashes.get(hash) ?? crypto.createHash('sha256');
    hashes.set(hash, known);
    const next = bytesOf(bytes);
    known.update(next);
    return {
      ...(wanted.crc32 === true ? { crc32: zlib.crc32(next) } : {}),
      ...(wanted.sha256 === true ? { sha256: sha256(next) } : {}),
    };
  };

  const digest = (hash: number): Replies['digest'] => {
    const known = hashes.get(hash) ?? crypto.createHash('sha256');
    hashes.delete(hash);
    return known.digest('hex');
  };

  /** Whether the file was read, and was the listed one both before and after. */
  const readOne = (self: string, file: FileToRead, into: Buffer): boolean => {
    const fd = fs.openSync(`${self}/${file.name}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const asListed = (): boolean => {
        const found = fs.fstatSync(fd, { bigint: true });
        return (
          found.isFile() &&
          Number(found.size) === file.size &&
          found.mtimeNs.toString() === file.mtimeNs &&
          found.ino.toString() === file.inode
        );
      };
      if (!asListed()) return false;
      for (let read = 0; read < into.length;) {
        const length = fs.readSync(fd, into, read, into.length - read, read);
        if (length === 0) return false;
        read += length;
      }
      return asListed();
    } finally {
      fs.closeSync(fd);
    }
  };

  const read = (place: Place, folders: readonly InFolder<FileToRead>[], stop: SharedArrayBuffer): Replies['read'] => {
    const whole = bytesOf(place);
    const sums: Required<Sums>[] = [];
    for (const { self, files } of folders)
      for (const file of files) {
        const into = whole.subarray(file.at, file.at + file.size);
        try {
          if (stopped(stop) || !readOne(self, file, into)) return undefined;
        } catch {
          return undefined;
        }
        sums.push(bothSums(into));
      }
    return { files: sums, whole: bothSums(whole) };
  };

  /** Writes a file under its temporary name; undefined: it can't be written, and nothing is left of it. */
  const writeOne = (self: string, file: FileToPlace, bytes: Buffer): number | undefined => {
    let fd: number | undefined;
    try {
      fd = fs.openSync(`${self}/${file.temporary}`, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0o644);
      if (!fs.fstatSync(fd).isFile()) throw new Error('no file');
    } catch {
      if (fd !== undefined) fs.closeSync(fd); // it existed before and is not ours
      return undefined;
    }
    try {
      for (let written = 0; written < bytes.length;)
        written += fs.writeSync(fd, bytes, written, bytes.length - written, written);
      return fd;
    } catch {
      fs.closeSync(fd);
      fs.rmSync(`${self}/${file.temporary}`, { force: true });
      return undefined;
    }
  };

  /**
   * On a disk, other files are written during a sync; in a memory file system, an asynchronous call costs more than the
   * sync.
   */
  let quick = true;
  const sync = async (fd: number): Promise<void> => {
    if (!quick) {
      await new Promise<void>((done, failed) => {
        fs.fsync(fd, (error) => {
          if (error) failed(error);
          else done();
        });
      });
      return;
    }
    const began = performance.now();
    fs.fsyncSync(fd);
    quick = performance.now() - began < QUICK_MS;
  };

  const syncAndRename = async (self: string, file: FileToPlace, fd: number): Promise<boolean> => {
    let open = true;
    try {
      await sync(fd);
      open = false;
      fs.closeSync(fd);
      fs.renameSync(`${self}/${file.temporary}`, `${self}/${file.name}`);
      return true;
    } catch {
      if (open) fs.closeSync(fd);
      fs.rmSync(`${self}/${file.temporary}`, { force: true });
      return false;
    }
  };

  const place = async (
    from: Place,
    folders: readonly InFolder<FileToPlace>[],
    stop: SharedArrayBuffer,
  ): Promise<Replies['place']> => {
    const whole = bytesOf(from);
    quick = true;
    const files = folders.flatMap(({ self, files }) => files.map((file) => ({ self, file })));
    let next = 0;
    let right = true;
    // A sync waits for the disk: meanwhile the other lanes write.
    const lane = async (): Promise<void> => {
      for (let one = files[next++]; one && right; one = files[next++]) {
        const { self, file } = one;
        const fd = stopped(stop) ? undefined : writeOne(self, file, whole.subarray(file.at, file.at + file.size));
        if (fd === undefined || !(await syncAndRename(self, file, fd))) right = false;
      }
    };
    await Promise.all(Array.from({ length: SYNCS }, lane));
    return right;
  };

  const answer = (request: Exclude<ThreadRequest, { kind: 'receive' }>): Replies[keyof Replies] | Promise<boolean> => {
    switch (request.kind) {
      case 'add':
        return add(request);
      case 'digest':
        return digest(request.hash);
      case 'sums': {
        const whole = bytesOf(request.bytes);
        return request.pieces.map(({ at, length }) => sha256(whole.subarray(at, at + length)));
      }
      case 'read':
        return read(request.into, request.folders, request.stop);
      case 'place':
        return place(request.from, request.folders, request.stop);
    }
  };

  const respond = async (reply: number, request: ThreadRequest): Promise<void> => {
    let outcome: FromThread;
    try {
      if (request.kind === 'receive') throw new Error('this thread does not receive');
      const given = answer(request);
      outcome = { reply, result: given instanceof Promise ? await given : given };
    } catch (error) {
      outcome = { reply, problem: String(error) };
    }
    port.postMessage(outcome);
  };

  port.on('message', (message: ToThread) => {
    if ('forget' in message) hashes.delete(message.forget);
    else if ('request' in message) void respond(message.reply, message.request);
  });
}
