import { randomBytes } from 'node:crypto';
import { appendFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ChecksumMismatch,
  createTransferEngine,
  listFiles,
  openStore,
  sha256Of,
  SourceChanged,
  TransferLimits,
  type ObjectStore,
  type UploadRequest,
} from '../../src/transfer';
import { startSeaweedfs, type Seaweedfs } from '../suites/seaweedfs';
import { spiedStore } from '../suites/spied-store';
import { temporaryFolder, writeFiles } from '../suites/temporary-folder';

const MIB = 1024 * 1024;
const engine = createTransferEngine();
const limits = new TransferLimits();
let seaweedfs: Seaweedfs;
let store: ObjectStore;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let copies = 0;

beforeAll(async () => {
  seaweedfs = await startSeaweedfs();
  store = openStore(seaweedfs.config('round-trip'));
  folder = await temporaryFolder();
});
afterAll(async () => {
  store.close();
  await folder.remove();
  await seaweedfs.stop();
});

/** A source folder with these files, and what uploads it under a prefix of its own. */
async function source(files: Record<string, Buffer | string>) {
  copies += 1;
  const directory = join(folder.path, `source-${copies}`);
  await writeFiles(directory, files);
  const base = `copy-${copies}`;
  const request: UploadRequest = {
    store,
    directory,
    files: await listFiles(directory),
    keys: { data: (path) => `${base}/data/${path}`, pack: (n) => `${base}/packs/${n}.pack` },
    limits,
  };
  return { directory, request, target: join(folder.path, `target-${copies}`), prefix: base };
}

describe('a replica', () => {
  const sizes = [0, 1, MIB - 1, MIB, MIB + 1, 16 * MIB - 1, 16 * MIB, 16 * MIB + 1, 33 * MIB];

  it('comes back byte for byte, whatever the size of its files', async () => {
    const files = Object.fromEntries(
      sizes.map((size) => [size % 2 === 0 ? `intents/${size}` : `${size}.sst`, randomBytes(size)]),
    );
    const { request, target } = await source(files);
    const counters: number[] = [];
    const uploaded = await engine.uploadReplica({
      ...request,
      onProgress: ({ bytesDone }) => counters.push(bytesDone),
    });

    expect(uploaded.map(({ path }) => path)).toEqual([...uploaded.map(({ path }) => path)].sort());
    for (const file of uploaded) expect(file.sha256).toBe(sha256Of(files[file.path] ?? ''));
    expect(counters.at(-1)).toBe(sizes.reduce((a, b) => a + b));
    expect(uploaded.find(({ size }) => size === 33 * MIB)?.crc32).toMatch(/-3$/);

    const result = await engine.downloadFiles({ store, files: uploaded, into: target, limits, token: 'first' });
    expect(result).toEqual({ placed: sizes.length, kept: 0, bytes: sizes.reduce((a, b) => a + b) });
    for (const [path, content] of Object.entries(files))
      expect((await readFile(join(target, path))).equals(content)).toBe(true);
    expect(await temporaries(target)).toEqual([]);
  });

  it('is sent once: a second attempt finds what stands there', async () => {
    const { request } = await source({ a: 'small', b: randomBytes(2 * MIB), c: randomBytes(17 * MIB) });
    const first = await engine.uploadReplica(request);
    expect(await engine.uploadReplica(request)).toEqual(first);
    const created: string[] = [];
    const counting = spiedStore(store, {
      create: (key: string) => created.push(key),
      createMultipart: (key: string) => created.push(key),
    });
    expect(await engine.uploadReplica({ ...request, store: counting, resume: { uploads: {} } })).toEqual(first);
    expect(created).toEqual([]);
    expect(await store.listMultipartUploads('')).toEqual([]);
  });

  it('packs 2,000 small files into few objects and cuts them out again', async () => {
    const files = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`${i}`, randomBytes(i * 20)]));
    const { request, target, prefix } = await source(files);
    const uploaded = await engine.uploadReplica(request);
    const objects = [];
    for await (const object of store.list(prefix)) objects.push(object.key);
    expect(objects).toEqual(['0', '1', '2'].map((n) => `${prefix}/packs/${n}.pack`));
    await engine.downloadFiles({ store, files: uploaded, into: target, limits, token: 't' });
    for (const [path, content] of Object.entries(files))
      expect((await readFile(join(target, path))).equals(content)).toBe(true);
  });

  it('23.5: other bytes under a name of ours, of the same size, end it: which, and what to do', async () => {
    const { request, prefix } = await source({ a: randomBytes(2 * MIB), b: randomBytes(17 * MIB) });
    await store.create(`${prefix}/data/a`, randomBytes(2 * MIB));
    const failed: unknown = await engine.uploadReplica(request).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ChecksumMismatch);
    expect((failed as Error).message).toMatch(
      new RegExp(
        `/data/a are not what this run was to write there: .* not replaced: .*Check who may create objects there`,
      ),
    );
  });

  it('fails when a file was written to after it was listed', async () => {
    const { request, directory } = await source({ a: 'listed' });
    await appendFile(join(directory, 'a'), ' and written to');
    await expect(engine.uploadReplica(request)).rejects.toThrow(SourceChanged);
  });

  it('fails when a file is gone', async () => {
    const { request } = await source({ a: 'listed' });
    const gone = { path: 'gone', size: 1, mtimeNs: '0', inode: '0', birthtimeNs: '0' };
    await expect(engine.uploadReplica({ ...request, files: [gone] })).rejects.toThrow(
      'The file gone changed while it was read: it was removed',
    );
  });
});

describe('a download', () => {
  it('keeps files that are right and replaces those that are not', async () => {
    const { request, target } = await source({ a: 'one', b: 'two', 'c/d': 'three' });
    const files = await engine.uploadReplica(request);
    await engine.downloadFiles({ store, files, into: target, limits, token: '1' });
    await writeFile(join(target, 'b'), 'TWO');
    expect(await engine.downloadFiles({ store, files, into: target, limits, token: '2' })).toEqual({
      placed: 1,
      kept: 2,
      bytes: 3,
    });
    expect(String(await readFile(join(target, 'b')))).toBe('two');
  });

  it.each([
    ['small', 100],
    ['single', 2 * MIB],
    ['large', 17 * MIB],
  ])('places nothing of a %s file whose bytes are not the recorded ones', async (_, size) => {
    const { request, target } = await source({ a: randomBytes(size) });
    const files = (await engine.uploadReplica(request)).map((file) => ({
      ...file,
      sha256: sha256Of('other'),
    }));
    await expect(engine.downloadFiles({ store, files, into: target, limits, token: 't' })).rejects.toThrow(
      ChecksumMismatch,
    );
    expect(await readdir(target).catch(() => [])).toEqual([]);
  });

  it('refuses an object that is not the one recorded', async () => {
    const { request, target } = await source({ a: randomBytes(2 * MIB) });
    const files = (await engine.uploadReplica(request)).map((file) => ({
      ...file,
      etag: '"00000000000000000000000000000000"',
    }));
    await expect(engine.downloadFiles({ store, files, into: target, limits })).rejects.toThrow(
      /the object was replaced/,
    );
  });

  it('says that an object is missing', async () => {
    const files = [{ object: 'not/there', size: 10, sha256: sha256Of(''), path: 'y' }];
    await expect(engine.downloadFiles({ store, files, into: join(folder.path, 'x'), limits })).rejects.toMatchObject({
      name: 'StoreError',
      kind: 'missing',
    });
  });
});

async function temporaries(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.tmp'));
}
