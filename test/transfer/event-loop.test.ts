import crypto, { createHash, randomBytes, type Hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkFiles,
  createTransferEngine,
  hashObject,
  listFiles,
  openStore,
  TransferLimits,
  type ObjectStore,
} from '../../src/transfer';
import { byteWork } from '../../src/transfer/thread/byte-work';
import { startFaultStore, type FaultStore } from '../suites/fault-store';
import { temporaryFolder, writeFiles } from '../suites/temporary-folder';

const MIB = 1024 * 1024;
const prototype = Object.getPrototypeOf(createHash('sha256')) as Hash;
let faults: FaultStore;
let store: ObjectStore;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** Bytes that this thread, which speaks with Temporal, hashed in one go. */
let hashed: number[];

beforeEach(async () => {
  faults = await startFaultStore();
  store = openStore(faults.config);
  folder = await temporaryFolder();
  hashed = [];
  // MD5 is of the store that fails on purpose, which works in this process, too.
  const others = new WeakSet<Hash>();
  const made = crypto.createHash;
  jest.spyOn(crypto, 'createHash').mockImplementation((algorithm, options) => {
    const hash = made(algorithm, options);
    if (algorithm === 'md5') others.add(hash);
    return hash;
  });
  const update: (this: Hash, data: Buffer | string) => Hash = prototype.update;
  jest.spyOn(prototype, 'update').mockImplementation(function (this: Hash, data: Buffer | string) {
    if (!others.has(this)) hashed.push(data.length);
    return update.call(this, data);
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  store.close();
  await faults.stop();
  await folder.remove();
});

const most = (): number => Math.max(...hashed.splice(0));

describe.each([
  // What is left are the SDK's signatures of heads.
  ['with a thread', 2, 100_000],
  ['on one processor', 1, MIB],
])(
  'while files are copied %s, the event loop waits for no more than so many bytes to be hashed',
  (_, processors, bytes) => {
    const files = {
      large: randomBytes(33 * MIB),
      single: randomBytes(9 * MIB),
      ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`small-${i}`, randomBytes(90_000)])),
    };

    it(`${bytes}`, async () => {
      const engine = createTransferEngine({ work: byteWork(processors) });
      const directory = join(folder.path, 'source');
      await writeFiles(directory, files);
      const limits = new TransferLimits();
      const keys = { data: (path: string) => path, pack: (n: number) => `pack-${n}` };
      const uploaded = await engine.uploadReplica({
        store,
        directory,
        files: await listFiles(directory),
        keys,
        limits,
      });
      expect(most()).toBeLessThanOrEqual(bytes);
      const target = join(folder.path, 'target');
      await engine.downloadFiles({ store, files: uploaded, into: target, limits });
      expect(most()).toBeLessThanOrEqual(bytes);
      for (const [path, content] of Object.entries(files))
        expect((await readFile(join(target, path))).equals(content)).toBe(true);
      await engine.uploadStream({
        store,
        source: (async function* () {
          for (let at = 0; at < files.large.length; at += 65_536)
            yield await Promise.resolve(files.large.subarray(at, at + 65_536));
        })(),
        keyOf: (n) => `stream-${n}`,
      });
      expect(most()).toBeLessThanOrEqual(bytes);
    });
  },
);

it('checks what stands in the store in slices', async () => {
  const content = randomBytes(33 * MIB);
  faults.objects.set('object', content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const { etag } = await store.head('object');
  hashed = [];
  expect(
    await hashObject(store, 'object', { etag, size: content.length, crc32: undefined, lastModified: undefined }),
  ).toBe(sha256);
  const problems: unknown[] = [];
  await checkFiles({
    ...{ store, limits: new TransferLimits(), width: 2 },
    files: [{ object: 'object', size: content.length, sha256, etag }],
    onChecked: (_, problem) => problems.push(problem),
  });
  expect(problems).toEqual([undefined]);
  expect(most()).toBeLessThanOrEqual(MIB);
});
