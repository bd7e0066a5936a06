import { randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  createTransferEngine,
  listFiles,
  openStore,
  retryingStore,
  sha256Of,
  TransferLimits,
  type ObjectStore,
  type RetryPolicy,
} from '../../src/transfer';
import { startFaultStore, type FaultStore } from '../suites/fault-store';
import { Authority } from '../support/certificates';
import { temporaryFolder, writeFiles } from '../suites/temporary-folder';

const MIB = 1024 * 1024;
const retry: Partial<RetryPolicy> = {
  retryForMs: 20_000,
  pauseMs: 5,
  maxPauseMs: 50,
  throttledPauseMs: 10,
  maxThrottledPauseMs: 100,
};
const hurried: Partial<RetryPolicy> = { ...retry, retryForMs: 100 };
const engine = createTransferEngine();
const limits = () => new TransferLimits();
let faults: FaultStore;
let store: ObjectStore;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  faults = await startFaultStore();
  store = openStore(faults.config);
  folder = await temporaryFolder();
});
afterEach(async () => {
  store.close();
  await faults.stop();
  await folder.remove();
});

/**
 * Waits half a second for an answer, where one never comes. Other tests wait as long as a worker does: a busy machine
 * is no fault.
 */
function waitBriefly(): void {
  store.close();
  store = openStore({ ...faults.config, timeouts: { inactivityMs: 500 } });
}

async function upload(
  files: Record<string, Buffer>,
  more: { retry?: Partial<RetryPolicy>; signal?: AbortSignal; limits?: TransferLimits } = {},
) {
  const directory = join(folder.path, 'source');
  await writeFiles(directory, files);
  return engine.uploadReplica({
    store,
    directory,
    files: await listFiles(directory),
    keys: { data: (path) => `data/${path}`, pack: (n) => `packs/${n}` },
    limits: limits(),
    retry,
    ...more,
  });
}

/** Puts an object there and says how to fetch it. */
function stored(size: number) {
  const content = randomBytes(size);
  faults.objects.set('object', content);
  const target = join(folder.path, 'target', 'file');
  return { content, target, file: { object: 'object', size, sha256: sha256Of(content), path: basename(target) } };
}

describe('an upload', () => {
  it('finishes 100 files through a storm of 500s', async () => {
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}`, randomBytes(MIB + 1 + i)]));
    faults.fault = ({ earlier }) => (earlier < 3 ? { status: 500 } : undefined);
    const uploaded = await upload(files);
    expect(uploaded).toHaveLength(100);
    for (const [name, content] of Object.entries(files))
      expect(faults.objects.get(`data/${name}`)?.equals(content)).toBe(true);
  });

  it('slows down when the store asks for it, and speeds up again', async () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}`, randomBytes(MIB + 1)]));
    faults.fault = ({ key, earlier }) =>
      Number(key.split('/')[1]) < 4 && earlier < 2 ? { status: 503, code: 'SlowDown' } : undefined;
    const shared = limits();
    const seen: number[] = [];
    await engine.uploadReplica({
      store,
      directory: join(folder.path, 'source'),
      files: await writeFiles(join(folder.path, 'source'), files).then(() => listFiles(join(folder.path, 'source'))),
      keys: { data: (path) => `data/${path}`, pack: (n) => `packs/${n}` },
      limits: shared,
      retry,
      onProgress: () => seen.push(shared.parallelism),
    });
    expect(Math.min(...seen)).toBeLessThanOrEqual(4);
    expect(shared.parallelism).toBeGreaterThan(Math.min(...seen));
  });

  it('waits out a store that asks everybody to slow down for a long while, with one request at a time in the end', async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${i}`, randomBytes(MIB + 1)]));
    // A minute, in a hundredth of its time, as the pauses are.
    const until = performance.now() + 3_000;
    const shared = limits();
    const seen: number[] = [];
    faults.fault = () => {
      seen.push(shared.parallelism);
      return performance.now() < until ? { status: 503, code: 'SlowDown' } : undefined;
    };
    const uploaded = await upload(files, { limits: shared });
    expect(uploaded).toHaveLength(12);
    for (const [name, content] of Object.entries(files))
      expect(faults.objects.get(`data/${name}`)?.equals(content)).toBe(true);
    expect(Math.min(...seen)).toBeLessThanOrEqual(2);
    // It was asked now and then, not all the time.
    expect(seen.length).toBeLessThan(1_000);
  });

  it.each([3 * MIB, 19 * MIB])(
    'of %d bytes goes over TLS of a private authority, on connections that are kept',
    async (size) => {
      await faults.stop();
      store.close();
      const authority = new Authority('test');
      faults = await startFaultStore({ secure: { ...authority.issue('127.0.0.1'), ca: authority.pem } });
      store = openStore(faults.config);
      const content = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}`, randomBytes(size)]));
      await upload(content);
      for (const [name, bytes] of Object.entries(content))
        expect(faults.objects.get(`data/${name}`)?.equals(bytes)).toBe(true);
      expect(await faults.connections()).toBeLessThanOrEqual(8);
      const { ca: _, ...unknown } = faults.config;
      store.close();
      store = openStore(unknown);
      await expect(upload({ other: randomBytes(3 * MIB) }, { retry: hurried })).rejects.toMatchObject({
        kind: 'unavailable',
      });
      expect(faults.objects.has('data/other')).toBe(false);
    },
  );

  it.each(['hang', 'reset', 'lose-answer'] as const)('survives a connection that does this: %s', async (fault) => {
    if (fault === 'hang') waitBriefly();
    faults.fault = ({ method, earlier }) => (method === 'PUT' && earlier === 0 ? fault : undefined);
    const content = randomBytes(2 * MIB);
    const [file] = await upload({ a: content });
    expect(file?.sha256).toBe(sha256Of(content));
    expect(faults.objects.get('data/a')?.equals(content)).toBe(true);
  });

  it('finds its object complete when the answer to the completion was lost', async () => {
    faults.fault = ({ method, query, earlier }) =>
      method === 'POST' && query.has('uploadId') && earlier === 1 ? 'lose-answer' : undefined;
    const content = randomBytes(17 * MIB);
    const [file] = await upload({ a: content });
    expect(file?.sha256).toBe(sha256Of(content));
  });

  it('gives up when the store has been unavailable for too long, and says of what', async () => {
    faults.fault = () => ({ status: 503, code: 'ServiceUnavailable' });
    await expect(upload({ a: randomBytes(2 * MIB) }, { retry: hurried })).rejects.toMatchObject({
      kind: 'unavailable',
      operation: 'PutObject',
      message: expect.stringMatching(
        /^PutObject of s3:\/\/faults\/data\/a failed: ServiceUnavailable, HTTP 503/,
      ) as string,
    });
  });

  it('does not retry when it may not write', async () => {
    faults.fault = () => ({ status: 403, code: 'AccessDenied' });
    await expect(upload({ a: randomBytes(2 * MIB) })).rejects.toMatchObject({ kind: 'denied' });
    expect(faults.requests).toHaveLength(1);
  });

  it('stops at once when asked to, in the middle of a request or a pause', async () => {
    for (const fault of ['hang', { status: 500 }] as const) {
      faults.fault = () => fault;
      const stop = new AbortController();
      const reason = new Error('shut down');
      const running = upload(
        { a: randomBytes(2 * MIB) },
        { signal: stop.signal, retry: { ...retry, pauseMs: 60_000, maxPauseMs: 60_000 } },
      );
      const outcome = expect(running).rejects.toBe(reason);
      while (faults.requests.length === 0) await new Promise(setImmediate);
      stop.abort(reason);
      await outcome;
      faults.requests.length = 0;
    }
  });

  it('waits as long as the store asks with Retry-After', async () => {
    faults.fault = ({ earlier }) =>
      earlier === 0 ? { status: 503, code: 'SlowDown', headers: { 'retry-after': '1' } } : undefined;
    const began = Date.now();
    await upload({ a: randomBytes(2 * MIB) });
    expect(Date.now() - began).toBeGreaterThanOrEqual(990);
  });
});

describe('a download', () => {
  const sizes: [string, number][] = [
    ['small', 1000],
    ['large', 17 * MIB],
  ];

  it.each(sizes)('of a %s file survives hangs, resets and cut bodies', async (_, size) => {
    waitBriefly();
    const { file, content, target } = stored(size);
    const wrong = ['hang', 'cut-body', 'hang-after-headers', 'reset', { status: 500 }] as const;
    faults.fault = ({ method, earlier }) => (method === 'GET' ? wrong[earlier] : undefined);
    await engine.downloadFiles({ store, files: [file], into: join(folder.path, 'target'), limits: limits(), retry });
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it.each(sizes)('of a %s file that arrives wrong once is fetched again', async (_, size) => {
    const { file, content, target } = stored(size);
    faults.fault = ({ method, earlier }) => (method === 'GET' && earlier === 0 ? 'wrong-bytes' : undefined);
    await engine.downloadFiles({ store, files: [file], into: join(folder.path, 'target'), limits: limits(), retry });
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it.each(sizes)('of a %s file that keeps arriving wrong places nothing', async (_, size) => {
    const { file, target } = stored(size);
    faults.fault = ({ method }) => (method === 'GET' ? 'wrong-bytes' : undefined);
    await expect(
      engine.downloadFiles({ store, files: [file], into: join(folder.path, 'target'), limits: limits(), retry }),
    ).rejects.toMatchObject({
      name: 'ChecksumMismatch',
    });
    expect(await readdir(join(target, '..')).catch(() => [])).toEqual([]);
  });

  it('that was stopped leaves no temporary file', async () => {
    const { file, target } = stored(17 * MIB);
    faults.fault = ({ method }) => (method === 'GET' ? 'hang-after-headers' : undefined);
    const stop = new AbortController();
    const running = engine.downloadFiles({
      store,
      files: [file],
      into: join(folder.path, 'target'),
      limits: limits(),
      retry,
      signal: stop.signal,
      token: 'attempt',
    });
    const outcome = expect(running).rejects.toThrow('shut down');
    while (faults.requests.length === 0) await new Promise(setImmediate);
    stop.abort(new Error('shut down'));
    await outcome;
    expect(await readdir(join(target, '..'))).toEqual([]);
  });
});

describe('the store itself', () => {
  it('sends again what was damaged in transit, but not for ever', async () => {
    const damaged = retryingStore(store, { policy: retry });
    faults.fault = ({ earlier }) => (earlier < 2 ? { status: 400, code: 'BadDigest' } : undefined);
    await damaged.create('twice', Buffer.from('x'));
    faults.fault = () => ({ status: 400, code: 'BadDigest' });
    await expect(damaged.create('always', Buffer.from('x'))).rejects.toMatchObject({ kind: 'checksum' });
    expect(faults.requests.filter(({ key }) => key === 'always')).toHaveLength(3);
  });

  it.each([
    [404, 'NoSuchLifecycleConfiguration'],
    [501, 'NotImplemented'],
    [403, 'AccessDenied'],
  ])('says nothing of rules that it does not know: %d %s', async (status, code) => {
    faults.fault = () => ({ status, code });
    expect(await store.traits()).toMatchObject({ expirations: [] });
  });

  it('keeps no connection after it was closed', async () => {
    faults.objects.set('a', randomBytes(MIB));
    await store.read('a');
    store.close();
    while ((await faults.connections()) > 0) await new Promise(setImmediate);
  });
});

describe('a small object', () => {
  it('that arrives wrong once is asked for again; what is wrong at the store is given as it is', async () => {
    await store.create('one', Buffer.from('these bytes'));
    faults.fault = ({ method, earlier }) => (method === 'GET' && earlier === 0 ? 'wrong-bytes' : undefined);
    expect(String(await store.read('one'))).toBe('these bytes');
    faults.fault = ({ method }) => (method === 'GET' ? 'wrong-bytes' : undefined);
    expect(String(await store.read('one'))).not.toBe('these bytes');
    expect(faults.requests.filter(({ method }) => method === 'GET')).toHaveLength(4);
  });

  it('of a store that keeps no checksums is read once', async () => {
    await faults.stop();
    store.close();
    faults = await startFaultStore({ checksums: false });
    store = openStore(faults.config);
    await store.create('one', Buffer.from('these bytes'));
    expect(String(await store.read('one'))).toBe('these bytes');
    expect(faults.requests.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });
});
