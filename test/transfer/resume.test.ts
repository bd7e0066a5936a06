import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  createTransferEngine,
  listFiles,
  openStore,
  TransferCancelled,
  TransferLimits,
  type ObjectStore,
  type PartRequest,
  type ResumeCursor,
  type UploadRequest,
} from '../../src/transfer';
import { startSeaweedfs, type Seaweedfs } from '../suites/seaweedfs';
import { spiedStore } from '../suites/spied-store';
import { temporaryFolder, writeFiles } from '../suites/temporary-folder';

const MIB = 1024 * 1024;
const PARTS = 5;
let seaweedfs: Seaweedfs;
let store: ObjectStore;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  seaweedfs = await startSeaweedfs();
  store = openStore(seaweedfs.config('resume'));
  folder = await temporaryFolder();
});
afterAll(async () => {
  store.close();
  await folder.remove();
  await seaweedfs.stop();
});

/** Uploads a file of five parts, one part at a time, and stops with this reason once two parts are there. */
async function stoppedUpload(name: string, reason: Error) {
  const directory = join(folder.path, name);
  const content = randomBytes((PARTS - 1) * 16 * MIB + 5);
  await writeFiles(directory, { 'big.sst': content });
  const stop = new AbortController();
  let cursor: ResumeCursor = { uploads: {} };
  const request: UploadRequest = {
    store,
    directory,
    files: await listFiles(directory),
    keys: { data: (path) => `${name}/${path}`, pack: (n) => `${name}/${n}.pack` },
    limits: new TransferLimits({ parallelism: 1 }),
    signal: stop.signal,
    onProgress: (progress) => {
      cursor = structuredClone(progress.cursor);
      if (progress.bytesDone >= 32 * MIB) stop.abort(reason);
    },
  };
  const engine = createTransferEngine();
  await expect(engine.uploadReplica(request)).rejects.toBe(reason);
  const parts: number[] = [];
  const again: UploadRequest = {
    ...request,
    signal: undefined,
    onProgress: undefined,
    store: spiedStore(store, { uploadPart: (part: PartRequest) => parts.push(part.number) }),
  };
  return { engine, key: `${name}/big.sst`, content, again, parts, cursor: () => cursor };
}

it('continues with the parts that the store has, and sends only the others', async () => {
  const { engine, again, parts, cursor, key, content } = await stoppedUpload('cursor', new Error('worker shut down'));
  expect(Object.keys(cursor().uploads)).toEqual([key]);
  const [file] = await engine.uploadReplica({ ...again, resume: cursor() });
  expect(parts).toEqual([3, 4, 5]);
  expect((await store.read(key)).equals(content)).toBe(true);
  expect((await store.head(key)).crc32).toBe(file?.crc32);
  expect(await store.listMultipartUploads(key)).toEqual([]);
});

it('finds its open upload by listing when the heartbeat was lost', async () => {
  const { engine, again, parts, key, content } = await stoppedUpload('listing', new Error('timed out'));
  await engine.uploadReplica({ ...again, resume: { uploads: {} } });
  expect(parts).toEqual([3, 4, 5]);
  expect((await store.read(key)).equals(content)).toBe(true);
});

it('starts over when the upload of the heartbeat is gone', async () => {
  const { engine, again, parts, cursor, key, content } = await stoppedUpload('gone', new Error('timed out'));
  await store.abortMultipart(key, cursor().uploads[key] ?? '');
  await engine.uploadReplica({ ...again, resume: cursor() });
  expect([...parts].sort()).toEqual([1, 2, 3, 4, 5]);
  expect((await store.read(key)).equals(content)).toBe(true);
});

it('sends nothing when the crash came after the object was complete', async () => {
  const { engine, again, parts, cursor } = await stoppedUpload('complete', new Error('timed out'));
  const first = await engine.uploadReplica({ ...again, resume: cursor() });
  parts.length = 0;
  expect(await engine.uploadReplica({ ...again, resume: cursor() })).toEqual(first);
  expect(parts).toEqual([]);
});

it('leaves no open upload behind when the run was cancelled', async () => {
  const { key } = await stoppedUpload('cancelled', new TransferCancelled());
  expect(await store.listMultipartUploads(key)).toEqual([]);
  await expect(store.head(key)).rejects.toMatchObject({ kind: 'missing' });
});
