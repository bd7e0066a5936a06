import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, readFile, readdir, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { listFiles, sha256Of, type SourceFile } from '../../src/transfer';
import { byteWork, threadWork, type ByteWork } from '../../src/transfer/thread/byte-work';
import { ThreadEnded, ThreadSession, WorkThread } from '../../src/transfer/thread/work-thread';
import { temporaryFolder, writeFiles } from '../suites/temporary-folder';

const MIB = 1024 * 1024;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await folder.remove();
});

/** The same bytes where the thread sees them, as in a slot. */
function shared(bytes: Buffer): Buffer {
  const copy = Buffer.from(new SharedArrayBuffer(bytes.length));
  bytes.copy(copy);
  return copy;
}

describe.each([
  ['in a thread', byteWork(2)],
  ['on one processor', byteWork(1)],
])('sums of bytes, %s', (_, work: ByteWork) => {
  it('are those of the whole and of each piece, of several wholes at a time', async () => {
    const wholes = Array.from({ length: 3 }, () => [0, 1, 5 * MIB + 1, MIB].map((size) => randomBytes(size)));
    const seen = await Promise.all(
      wholes.map(async (pieces) => {
        const hash = work.hash();
        const sums = await Promise.all(
          pieces.map(async (piece) => await hash.add(shared(piece), { crc32: true, sha256: true })),
        );
        return { sums, sha256: await hash.digest() };
      }),
    );
    for (const [i, pieces] of wholes.entries())
      expect(seen[i]).toEqual({
        sums: pieces.map((piece) => ({ crc32: crc32(piece), sha256: sha256Of(piece) })),
        sha256: sha256Of(Buffer.concat(pieces)),
      });
  });

  it('are those of stretches of a buffer, seen by the thread or not', async () => {
    const bytes = randomBytes(3 * MIB);
    const pieces = [
      { at: 0, length: 0 },
      { at: 5, length: 2 * MIB },
      { at: 3 * MIB - 1, length: 1 },
    ];
    const right = pieces.map(({ at, length }) => sha256Of(bytes.subarray(at, at + length)));
    expect(await work.sums(bytes, pieces)).toEqual(right);
    expect(await work.sums(shared(bytes).subarray(0), pieces)).toEqual(right);
  });

  it('are only those that were asked for', async () => {
    const hash = work.hash();
    expect(await hash.add(shared(randomBytes(10)))).toEqual({});
    hash.drop();
  });
});

describe('small files, read by the thread', () => {
  const work = byteWork(2);
  const contents = { 'a.sst': randomBytes(1000), 'b.sst': Buffer.alloc(0), 'c.sst': randomBytes(70_000) };
  const source = async () => {
    const directory = join(folder.path, 'source');
    await writeFiles(directory, contents);
    return { directory, files: await listFiles(directory) };
  };
  const read = async (directory: string, files: SourceFile[], signal?: AbortSignal) => {
    const into = shared(Buffer.alloc(files.reduce((sum, { size }) => sum + size, 0)));
    let at = 0;
    const toRead = files.map(({ path, size, mtimeNs, inode }) => {
      at += size;
      return { name: basename(path), size, mtimeNs, inode, at: at - size };
    });
    return { into, found: await work.readFiles(into, [{ self: directory, files: toRead }], signal) };
  };

  it('come back to back, with the sums of each and of all', async () => {
    const { directory, files } = await source();
    const { into, found } = await read(directory, files);
    const whole = Buffer.concat(Object.values(contents));
    expect(into.equals(whole)).toBe(true);
    expect(found).toEqual({
      files: Object.values(contents).map((bytes) => ({ sha256: sha256Of(bytes), crc32: crc32(bytes) })),
      whole: { sha256: sha256Of(whole), crc32: crc32(whole) },
    });
  });

  it.each<[string, (directory: string) => Promise<unknown>]>([
    ['was written to', (directory) => writeFile(join(directory, 'a.sst'), randomBytes(1000))],
    ['has another time', (directory) => utimes(join(directory, 'a.sst'), 1, 1)],
    ['became shorter', (directory) => truncate(join(directory, 'c.sst'), 10)],
    ['was replaced by a link to the same bytes', (directory) => replaceByLink(directory, 'a.sst')],
  ])('are left to the slower implementation when one of them %s', async (_, change) => {
    const { directory, files } = await source();
    await change(directory);
    expect((await read(directory, files)).found).toBeUndefined();
  });

  it('are read no further when the caller gives up', async () => {
    const { directory, files } = await source();
    await expect(read(directory, files, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

async function replaceByLink(directory: string, name: string): Promise<void> {
  const { mtime } = await lstat(join(directory, name));
  const kept = join(folder.path, 'kept');
  await promisify(execFile)('mv', [join(directory, name), kept]);
  await symlink(kept, join(directory, name));
  await utimes(kept, mtime, mtime);
}

describe('small files, written by the thread', () => {
  const work = byteWork(2);
  const bytes = shared(randomBytes(100_000));
  const files = Array.from({ length: 20 }, (_, i) => ({
    name: `${i}.sst`,
    temporary: `${i}.sst.token.tmp`,
    at: i * 5000,
    size: i * 100,
  }));

  it('stand in their places with their bytes, and leave nothing else', async () => {
    expect(await work.placeFiles(bytes, [{ self: folder.path, files }])).toBe(true);
    expect((await readdir(folder.path)).sort()).toEqual(files.map(({ name }) => name).sort());
    for (const { name, at, size } of files)
      expect((await readFile(join(folder.path, name))).equals(bytes.subarray(at, at + size))).toBe(true);
  });

  it("are left to the slower implementation when one can't be written, and no temporary file stays", async () => {
    await writeFiles(join(folder.path, '7.sst'), { inside: 'a folder stands under the name' });
    expect(await work.placeFiles(bytes, [{ self: folder.path, files }])).toBe(false);
    expect((await readdir(folder.path)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('go through no link', async () => {
    const outside = join(folder.path, 'outside');
    await writeFile(outside, 'untouched');
    await symlink(outside, join(folder.path, '3.sst.token.tmp'));
    expect(await work.placeFiles(bytes, [{ self: folder.path, files }])).toBe(false);
    expect(await readFile(outside, 'utf8')).toBe('untouched');
    expect((await lstat(join(folder.path, '3.sst.token.tmp'))).isSymbolicLink()).toBe(true); // it is not ours
  });

  it('are written no further when the caller gives up meanwhile', async () => {
    const given = new AbortController();
    const placing = work.placeFiles(bytes, [{ self: folder.path, files }], given.signal);
    given.abort();
    // It may have been done by then.
    const done = await placing;
    const standing = await readdir(folder.path);
    expect(standing.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    if (done) expect(standing).toHaveLength(files.length);
  });
});

describe('the thread', () => {
  const DIES = `require('node:worker_threads').parentPort.on('message', () => { throw new Error('out of memory'); });`;
  const EXITS = `require('node:worker_threads').parentPort.on('message', () => process.exit(3));`;

  it.each([
    ['throws', DIES, 'out of memory'],
    ['exits', EXITS, 'exit code 3'],
    ['does not start', 'this is no program', 'Unexpected identifier'],
  ])('that %s fails what waits for it, and the next one gets another', async (_, program, why) => {
    const programs: (string | undefined)[] = [program, undefined];
    const work = threadWork(new WorkThread(() => new ThreadSession(programs.shift())));
    const bytes = shared(randomBytes(10));
    const hash = work.hash();
    const waiting = [hash.add(bytes), hash.add(bytes), work.sums(bytes, [{ at: 0, length: 10 }])];
    for (const one of waiting) await expect(one).rejects.toThrow(ThreadEnded);
    await expect(waiting[0]).rejects.toThrow(why);
    // What was begun on it is lost, and not started over behind its caller's back.
    await expect(hash.add(bytes)).rejects.toThrow(ThreadEnded);
    await expect(hash.digest()).rejects.toThrow(ThreadEnded);
    expect(await work.sums(bytes, [{ at: 0, length: 10 }])).toEqual([sha256Of(bytes)]);
    expect(programs).toEqual([]);
  });

  it('is shared by all users, and ends when it has been idle for a while', async () => {
    const started: ThreadSession[] = [];
    const start = () => {
      const session = new ThreadSession();
      started.push(session);
      return session;
    };
    const work = threadWork(new WorkThread(start, 50));
    const [one, other] = [work.hash(), work.hash()];
    await one.add(shared(randomBytes(10)));
    one.drop();
    one.drop();
    await new Promise((later) => setTimeout(later, 200)); // the other one may still go on
    await other.add(shared(randomBytes(10)));
    expect(started).toHaveLength(1);
    expect(started[0]?.ended).toBe(false);
    other.drop();
    while (started[0]?.ended !== true) await new Promise((later) => setTimeout(later, 10));
    await work.sums(shared(randomBytes(10)), []);
    expect(started).toHaveLength(2);
  });

  /** Counts what two threads are asked, in the order in which they are started. */
  function counted(programs: (string | undefined)[] = []) {
    const asked: string[][] = [];
    const threads = Array.from(
      { length: 2 },
      () =>
        new WorkThread(() => {
          const session = new ThreadSession(programs.shift());
          const kinds: string[] = [];
          asked.push(kinds);
          const ask = session.ask.bind(session);
          session.ask = ((what: { kind: string }) => {
            kinds.push(what.kind);
            return ask(what as never);
          }) as never;
          return session;
        }),
    );
    return { work: threadWork(...threads), asked };
  }

  it('of a large file hashes the whole, and another one its parts', async () => {
    const { work, asked } = counted();
    const hash = work.hash();
    const parts = [randomBytes(MIB), randomBytes(10)];
    const sums = await Promise.all(
      parts.map(async (part) => await hash.add(shared(part), { crc32: true, sha256: true })),
    );
    expect(sums).toEqual(parts.map((part) => ({ crc32: crc32(part), sha256: sha256Of(part) })));
    expect(await hash.digest()).toBe(sha256Of(Buffer.concat(parts)));
    expect(asked).toEqual([
      ['add', 'add', 'digest'],
      ['sums', 'sums'],
    ]);
  });

  it('takes another file when the first one is busy', async () => {
    const { work, asked } = counted();
    const [one, other] = [work.hash(), work.hash()];
    await Promise.all([one.add(shared(randomBytes(10))), other.add(shared(randomBytes(10)))]);
    expect(asked).toEqual([['add'], ['add']]);
    one.drop();
    other.drop();
  });

  it.each([
    ['the whole', [DIES, undefined]],
    ['the parts', [undefined, DIES]],
  ])('that dies over %s fails the piece, once no other reads its bytes', async (_, programs) => {
    const { work } = counted(programs);
    const hash = work.hash();
    await expect(hash.add(shared(randomBytes(MIB)), { crc32: true, sha256: true })).rejects.toThrow(ThreadEnded);
    hash.drop();
    expect(await work.sums(shared(Buffer.from('next')), [{ at: 0, length: 4 }])).toEqual([sha256Of('next')]);
  });
});
