import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { makeCopyTablets } from '../../../src/activities/node/copy-tablets';
import type { NodeDependencies } from '../../../src/activities/node/dependencies';
import { makePlaceTablets } from '../../../src/activities/node/place-tablets';
import { RunningCopies } from '../../../src/activities/node/running-copies';
import type { Timing } from '../../../src/contract';
import { putWorkList, readSegment } from '../../../src/repository';
import { sha256Of, TransferLimits, type TransferEngine, type UploadRequest } from '../../../src/transfer';
import { ForgedBucket } from '../../security/bucket/forger';
import { temporaryFolder, writeFiles } from '../../suites/temporary-folder';

const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const [TABLE, PEER] = ['00004000000030008000000000004001', 'a'.repeat(32)];
const TABLETS = Array.from({ length: 9 }, (_, i) => `${i + 1}`.repeat(32));
const FILES = { CURRENT: 'MANIFEST-000001\n', 'MANIFEST-000001': 'm' };
const BYTES = Object.values(FILES).join('').length;

let root: Awaited<ReturnType<typeof temporaryFolder>>;
let table: string;
let bucket: ForgedBucket;
/** What the activity showed, each time. */
const mockShown: Record<string, unknown>[] = [];
jest.mock('../../../src/activities/heartbeat-interceptor', () => ({
  ...jest.requireActual<object>('../../../src/activities/heartbeat-interceptor'),
  showProgress: (shown: Record<string, unknown>) => mockShown.push(shown),
}));

beforeEach(async () => {
  root = await temporaryFolder();
  table = join(root.path, 'yb-data/tserver/data/rocksdb', `table-${TABLE}`);
  bucket = new ForgedBucket();
  mockShown.length = 0;
  for (const tablet of TABLETS) {
    await mkdir(join(table, `tablet-${tablet}`), { recursive: true });
    await writeFiles(join(table, `tablet-${tablet}.snapshots`, SNAPSHOT), FILES);
  }
});
afterEach(async () => await root.remove());

const tabletOf = (directory: string): string => /tablet-(\d+)\.snapshots/.exec(directory)?.[1] ?? '';

const dependencies = (engine: Partial<TransferEngine>): NodeDependencies =>
  ({
    config: { cluster: 'demo' },
    timing: { phaseDeadline: 1_000, commandTimeout: 1_000, pollInterval: 10 } as Timing,
    identity: { uuid: PEER, address: 'yb-1:9100', http: 'yb-1:9000', dataDirs: [root.path] },
    store: bucket.store,
    engine,
    repository: bucket.repository(),
    copies: new RunningCopies(new TransferLimits()),
  }) as unknown as NodeDependencies;

const run = async <T>(work: () => Promise<T>): Promise<T> =>
  await asyncLocalStorage.run(
    {
      cancellationSignal: new AbortController().signal,
      info: { attempt: 1, activityType: 'copyTablets' },
      heartbeat: () => undefined,
    } as unknown as Context,
    work,
  );

async function copy(engine: Partial<TransferEngine>) {
  const deps = dependencies(engine);
  const work = await putWorkList(deps.repository, {
    ...{ workflowId: 'w', name: 'copy', lines: TABLETS.map((tablet) => ({ tablet })), bytes: 0 },
  });
  const result = await run(
    async () =>
      await makeCopyTablets(deps)({
        ...{ uuid: PEER, snapshotId: SNAPSHOT, batch: { n: 0, work }, runKey: 'r', limits: {} },
        backup: {
          backupId: 'ysql.orders-20261122T020007Z-3fa9c1',
          chain: { workflowId: 'w', firstExecutionRunId: '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3fa9c1' },
        },
      } as Parameters<ReturnType<typeof makeCopyTablets>>[0]),
  );
  return { deps, result };
}

/** Counts how many are at work together, and lets nobody go before so many have been. */
function meeting(wanted: number) {
  let [inside, most] = [0, 0];
  let go = (): void => undefined;
  const met = new Promise<void>((resolve) => (go = resolve));
  return {
    most: () => most,
    async pass(): Promise<void> {
      inside += 1;
      most = Math.max(most, inside);
      if (inside >= wanted) go();
      await met;
      await new Promise(setImmediate);
      inside -= 1;
    },
  };
}

const uploaded = ({ files, keys }: UploadRequest) =>
  files.map((file) => ({
    ...file,
    sha256: sha256Of(file.path),
    crc32: 'AAAAAA==',
    object: keys.data(file.path),
    etag: 'e',
  }));

it('copies four tablets of a node at a time, and lists all of them in their order', async () => {
  const four = meeting(4);
  const { deps, result } = await copy({
    uploadReplica: async (request) => {
      await four.pass();
      return uploaded(request);
    },
  });
  expect(four.most()).toBe(4);
  const lines = await readSegment(deps.repository, result.segment ?? (undefined as never));
  expect([...new Set(lines.map(({ tablet }) => tablet))]).toEqual(TABLETS);
  expect(lines).toHaveLength(TABLETS.length * Object.keys(FILES).length);
});

it('reports what all of them have done together, and their open uploads', async () => {
  const two = meeting(2);
  await copy({
    uploadReplica: async (request) => {
      const tablet = tabletOf(request.directory);
      const progress = { filesTotal: 2, bytesTotal: BYTES, bytesPerSecond: 0 };
      request.onProgress?.({ ...progress, filesDone: 1, bytesDone: 5, cursor: { uploads: { [tablet]: 'open' } } });
      await two.pass();
      request.onProgress?.({ ...progress, filesDone: 2, bytesDone: BYTES, cursor: { uploads: {} } });
      return uploaded(request);
    },
  });
  expect(mockShown.at(-1)).toMatchObject({
    filesDone: TABLETS.length * 2,
    bytesDone: TABLETS.length * BYTES,
    cursor: { uploads: {} },
  });
  const open = mockShown.map(({ cursor }) => Object.keys((cursor as { uploads: object }).uploads).length);
  expect(Math.max(...open)).toBeGreaterThan(1);
});

it('stops the others when one fails permanently', async () => {
  const seen: string[] = [];
  const failing = copy({
    uploadReplica: async (request) => {
      seen.push(tabletOf(request.directory));
      if (seen.length === 4) throw new Error('the store is unavailable');
      await new Promise((_, reject) => {
        request.signal?.addEventListener('abort', () => reject(request.signal?.reason));
      });
      return [];
    },
  });
  await expect(failing).rejects.toThrow('the store is unavailable');
  expect(seen.sort()).toEqual(TABLETS.slice(0, 4));
});

it('places four tablets of a node at a time', async () => {
  const four = meeting(4);
  const placed: string[] = [];
  const deps = dependencies({
    downloadFiles: async ({ into, files }) => {
      await four.pass();
      await writeFiles(into, FILES);
      placed.push(tabletOf(into));
      return { placed: files.length, kept: 0, bytes: BYTES };
    },
  });
  for (const tablet of TABLETS) await mkdir(join(table, `tablet-${tablet}.snapshots`), { recursive: true });
  const OTHER = '1b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
  const lines = TABLETS.flatMap((tablet) =>
    Object.entries(FILES).map(([path, text]) => ({
      ...{ tablet, path, object: `clusters/demo/${tablet}/${path}`, size: text.length, sha256: sha256Of(text) },
      ...{ etag: 'e', table: TABLE, peer: PEER },
    })),
  );
  const work = await putWorkList(deps.repository, { workflowId: 'w', name: 'place', lines, bytes: 0 });
  await run(
    async () =>
      await makePlaceTablets(deps)({
        ...{ uuid: PEER, snapshotId: OTHER, batch: { n: 0, work }, runKey: 'r', limits: {}, attemptToken: 'token' },
      } as Parameters<ReturnType<typeof makePlaceTablets>>[0]),
  );
  expect(four.most()).toBe(4);
  expect(placed.sort()).toEqual(TABLETS);
});
