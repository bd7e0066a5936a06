import { randomBytes } from 'node:crypto';
import {
  ChecksumMismatch,
  createTransferEngine,
  openStore,
  readObjects,
  sha256Of,
  type ObjectStore,
  type StreamUpload,
} from '../../src/transfer';
import { startFaultStore, type FaultStore } from '../suites/fault-store';

const MIB = 1024 * 1024;
const retry = { retryForMs: 5_000, pauseMs: 1, maxPauseMs: 5 };
const bytes = randomBytes(40 * MIB);
let faults: FaultStore;
let store: ObjectStore;

beforeEach(async () => {
  faults = await startFaultStore();
  store = openStore(faults.config);
});
afterEach(async () => {
  store.close();
  await faults.stop();
});

async function* chunks(of: Buffer, size = 300_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < of.length; at += size) yield await Promise.resolve(of.subarray(at, at + size));
}
const upload = async (more: Partial<StreamUpload> & Pick<StreamUpload, 'source'>) =>
  await createTransferEngine({ slots: 2 }).uploadStream({ store, keyOf: (n) => `text-${n}`, retry, ...more });
/** Requests of a method, as `PUT text-1`. */
const sent = (method: string): string[] =>
  faults.requests.filter((request) => request.method === method).map(({ key }) => key);
const aborted = (): boolean =>
  faults.requests.some(({ method, query }) => method === 'DELETE' && query.has('uploadId'));
const read = async (objects: Parameters<typeof readObjects>[1]): Promise<Buffer> => {
  const found: Buffer[] = [];
  for await (const chunk of readObjects(store, objects)) found.push(chunk);
  return Buffer.concat(found);
};

it.each([0, 1, 5 * MIB, 16 * MIB])('sends %d bytes with one request', async (size) => {
  const [object, ...more] = await upload({ source: chunks(bytes.subarray(0, size)) });
  expect(more).toEqual([]);
  expect(object).toMatchObject({ key: 'text-1', size, sha256: sha256Of(bytes.subarray(0, size)) });
  expect(sent('POST')).toEqual([]);
  expect(faults.objects.get('text-1')?.equals(bytes.subarray(0, size))).toBe(true);
});

it('sends more in parts, and gives back the same bytes', async () => {
  const progress: number[] = [];
  const objects = await upload({ source: chunks(bytes), onProgress: (taken) => progress.push(taken) });
  expect(objects).toHaveLength(1);
  expect(objects[0]).toMatchObject({ size: bytes.length, sha256: sha256Of(bytes) });
  expect(sent('PUT')).toHaveLength(3);
  expect(progress.at(-1)).toBe(bytes.length);
  expect((await read(objects)).equals(bytes)).toBe(true);
});

it('cuts a long stream into several objects', async () => {
  const objects = await upload({ source: chunks(bytes), partsPerObject: 1 });
  expect(objects.map(({ key, size }) => [key, size])).toEqual([
    ['text-1', 16 * MIB],
    ['text-2', 16 * MIB],
    ['text-3', 8 * MIB],
  ]);
  expect((await read(objects)).equals(bytes)).toBe(true);
});

it('reads the source no faster than the store takes the bytes', async () => {
  let given = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks(Buffer.concat([bytes, bytes, bytes]), MIB)) {
      given += chunk.length;
      yield chunk;
    }
  }
  const stop = new AbortController();
  faults.fault = ({ query }) => (query.has('partNumber') ? 'hang' : undefined);
  const failed = upload({ source: counted(), signal: stop.signal }).catch((error: unknown) => error);
  while (sent('PUT').length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(new Error('enough seen'));
  expect(await failed).toMatchObject({ message: 'enough seen' });
  expect(given).toBeLessThanOrEqual(34 * MIB); // two slots, and what was just read
  expect(aborted()).toBe(true);
});

it('aborts its upload when the source breaks, and makes no object', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield* chunks(bytes);
    throw new Error('the tool died');
  }
  await expect(upload({ source: broken() })).rejects.toThrow('the tool died');
  expect(aborted()).toBe(true);
  expect([...faults.objects.keys()]).toEqual([]);
});

it('ends at once when its caller gives up while the source says nothing', async () => {
  const stop = new AbortController();
  async function* silent(): AsyncGenerator<Buffer> {
    yield* chunks(bytes.subarray(0, 17 * MIB));
    stop.abort(new Error('cancelled'));
    await new Promise<void>(() => undefined);
  }
  await expect(upload({ source: silent(), signal: stop.signal })).rejects.toThrow('cancelled');
  expect(aborted()).toBe(true);
});

it.each([
  ['a part', ({ query }: { query: URLSearchParams }) => query.get('partNumber') === '2'],
  [
    'the completion',
    ({ method, query }: { method: string; query: URLSearchParams }) => method === 'POST' && query.has('uploadId'),
  ],
])('a lost answer to %s does not matter', async (_, hit) => {
  let lost = 0;
  faults.fault = (request) => (hit(request) && (lost += 1) === 1 ? 'lose-answer' : undefined);
  const [object] = await upload({ source: chunks(bytes) });
  expect(object).toMatchObject({ sha256: sha256Of(bytes) });
  expect(lost).toBeGreaterThanOrEqual(2);
  expect(aborted()).toBe(false);
});

it('reports an object that is not the recorded one', async () => {
  const objects = await upload({ source: chunks(bytes.subarray(0, 9 * MIB)) });
  faults.fault = ({ method }) => (method === 'GET' ? 'wrong-bytes' : undefined);
  await expect(read(objects)).rejects.toThrow(ChecksumMismatch);
  faults.fault = () => undefined;
  await expect(read(objects.map((object) => ({ ...object, sha256: '0'.repeat(64) })))).rejects.toThrow(
    /expected SHA-256 0{64}/,
  );
});
