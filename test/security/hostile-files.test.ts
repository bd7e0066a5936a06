import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { asActivityFailure } from '../../src/activities/heartbeat-interceptor';
import type { NodeDependencies } from '../../src/activities/node/dependencies';
import { makeCopyTablets } from '../../src/activities/node/copy-tablets';
import { makeListReplicas } from '../../src/activities/node/list-replicas';
import { makePlaceTablets } from '../../src/activities/node/place-tablets';
import { RunningCopies } from '../../src/activities/node/running-copies';
import { makeVerifyPlaced } from '../../src/activities/node/verify-placed';
import type { Timing } from '../../src/contract';
import { putWorkList } from '../../src/repository';
import { createTransferEngine, hashFile, listFiles, sha256Of, SourceRefused, TransferLimits } from '../../src/transfer';
import { temporaryFolder, writeFiles } from '../suites/temporary-folder';
import { ForgedBucket } from './bucket/forger';

const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const [TABLET, TABLE, PEER] = ['1'.repeat(32), '00004000000030008000000000004001', 'a'.repeat(32)];
const SECRET = 'root:x:0:0';
const backup = {
  backupId: 'ysql.orders-20261122T020007Z-3fa9c1',
  chain: { workflowId: 'w', firstExecutionRunId: '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3fa9c1' },
} as Parameters<ReturnType<typeof makeCopyTablets>>[0]['backup'];

let root: Awaited<ReturnType<typeof temporaryFolder>>;
let bucket: ForgedBucket;
let dataDir: string;
let snapshots: string;
let outside: string;
/** Called just before an object is created. */
let beforeCreate: (key: string) => Promise<void>;

beforeEach(async () => {
  root = await temporaryFolder();
  bucket = new ForgedBucket();
  beforeCreate = async () => await Promise.resolve();
  dataDir = join(root.path, 'd0');
  const table = join(dataDir, 'yb-data/tserver/data/rocksdb', `table-${TABLE}`);
  snapshots = join(table, `tablet-${TABLET}.snapshots`);
  outside = join(root.path, 'outside');
  await mkdir(join(table, `tablet-${TABLET}`), { recursive: true });
  await writeFiles(join(snapshots, SNAPSHOT), {
    CURRENT: 'MANIFEST-000001\n',
    'MANIFEST-000001': 'm',
    '000010.sst': 's'.repeat(2_000_000),
    'intents/CURRENT': 'MANIFEST-000002\n',
  });
  await writeFiles(outside, { CURRENT: 'MANIFEST-000001\n', 'MANIFEST-000001': SECRET, '000010.sst': SECRET });
});
afterEach(async () => await root.remove());

/** The node's activities over the forged bucket, which here also takes parts. */
function dependencies(): NodeDependencies {
  const store = {
    ...bucket.store,
    create: async (key: string, bytes: Buffer) => {
      await beforeCreate(key);
      return await bucket.store.create(key, bytes);
    },
  };
  return {
    config: { cluster: 'demo' },
    timing: { phaseDeadline: 1_000, commandTimeout: 1_000, pollInterval: 10 } as Timing,
    identity: { uuid: PEER, address: 'yb-1:9100', http: 'yb-1:9000', dataDirs: [dataDir] },
    store,
    engine: createTransferEngine(),
    repository: bucket.repository(),
    copies: new RunningCopies(new TransferLimits()),
    yugabyte: () => ({
      http: {
        tserverTablets: async () =>
          await Promise.resolve([{ id: TABLET, state: 'RUNNING', raft: [{ role: 'LEADER', host: 'yb-1:9100' }] }]),
      },
    }),
  } as unknown as NodeDependencies;
}

/** Runs an activity as a worker does. */
const run = async <Input, Output>(activity: (input: Input) => Promise<Output>, input: Input): Promise<Output> =>
  await asyncLocalStorage.run(context(), async () => await activity(input));

const context = () =>
  ({
    cancellationSignal: new AbortController().signal,
    info: { attempt: 1, activityType: 'copyTablets' },
    heartbeat: () => undefined,
  }) as unknown as Context;

const inSnapshot = (path: string): string => join(snapshots, SNAPSHOT, path);

async function list(): Promise<void> {
  const deps = dependencies();
  const tablets = await putWorkList(deps.repository, {
    workflowId: 'w',
    name: 'tablets',
    lines: [{ tablet: TABLET, tables: [TABLE], partition: { start: '', end: '' } }],
    bytes: 0,
  });
  const { listing } = await run(makeListReplicas(deps), {
    ...{ uuid: PEER, backup, snapshotId: SNAPSHOT, tablets, round: 1 },
  });
  expect(listing.files).toBe(1);
}

async function copy(): Promise<Awaited<ReturnType<ReturnType<typeof makeCopyTablets>>>> {
  const deps = dependencies();
  const work = await putWorkList(deps.repository, {
    ...{ workflowId: 'w', name: 'copy', lines: [{ tablet: TABLET }], bytes: 0 },
  });
  return await run(makeCopyTablets(deps), {
    ...{ uuid: PEER, backup, snapshotId: SNAPSHOT, batch: { n: 0, work }, runKey: 'r', limits: {} },
  } as Parameters<ReturnType<typeof makeCopyTablets>>[0]);
}

const fifo = (path: string): void => void execFileSync('mkfifo', [path]);

/** What a tserver doesn't make, and as what it is named. */
const strange: [string, string, (path: string) => Promise<unknown>][] = [
  ['a link to a file', 'a symbolic link', async (path) => await symlink(join(outside, '000010.sst'), path)],
  ['a link to a folder', 'a symbolic link', async (path) => await symlink(outside, path)],
  ['a link to nothing', 'a symbolic link', async (path) => await symlink('/nowhere', path)],
  ['a FIFO', 'a FIFO', async (path) => await Promise.resolve(fifo(path))],
  [
    'a socket',
    'a socket',
    async (path) => {
      // A path of a socket is cut after a hundred bytes, so it is made from within its folder.
      const before = process.cwd();
      process.chdir(dirname(path));
      try {
        await new Promise<void>((resolve, reject) => {
          createServer().unref().once('error', reject).listen(basename(path), resolve);
        });
      } finally {
        process.chdir(before);
      }
    },
  ],
];

/** The bucket holds nothing of a tablet, and no list of files. */
const copied = (): string[] => [...bucket.objects.keys()].filter((key) => !key.includes('/work/'));

describe.each(strange)('23.13: %s among the files of a snapshot', (_, kind, make) => {
  it.each(['000011.sst', 'intents/000012.sst', 'CURRENT'])(
    '23.13: as %s ends the listing and the copy',
    async (name) => {
      await rm(inSnapshot(name), { force: true });
      await make(inSnapshot(name));
      const message = `${inSnapshot(name)} is ${kind}, where only files and folders belong.`;
      await expect(list()).rejects.toThrow(message);
      await expect(copy()).rejects.toThrow(message);
      expect(copied()).toEqual([]);
    },
  );
});

describe('23.13: a link on the way to the files', () => {
  it.each([
    ['the folder of the snapshot', () => join(snapshots, SNAPSHOT)],
    ['the folder of the snapshots', () => snapshots],
    ['the folder of the table', () => join(snapshots, '..')],
    ['a folder in the snapshot', () => inSnapshot('intents')],
  ])('23.13: as %s is not followed', async (_, pathOf) => {
    const path = pathOf();
    await rename(path, join(root.path, 'moved'));
    await symlink(join(root.path, 'moved'), path);
    const message = `${join(path)} is a symbolic link`;
    await expect(list()).rejects.toThrow(message);
    await expect(copy()).rejects.toThrow(message);
    expect(copied()).toEqual([]);
  });

  it('23.13: as a data directory is the operator’s own, and followed', async () => {
    await rename(dataDir, join(root.path, 'volume'));
    await symlink(join(root.path, 'volume'), dataDir);
    await list();
    expect((await copy()).segment).toMatchObject({ files: 4 });
  });
});

describe('23.13: exchanged between the listing and the reading', () => {
  it.each(strange)('23.13: for %s, is not read', async (_, kind, make) => {
    beforeCreate = async (key) => {
      if (!key.endsWith('.pack')) return;
      beforeCreate = async () => await Promise.resolve();
      await rm(inSnapshot('000010.sst'));
      await make(inSnapshot('000010.sst'));
    };
    await expect(copy()).rejects.toThrow(`${inSnapshot('000010.sst')} is ${kind}`);
    for (const { bytes } of bucket.objects.values()) expect(String(bytes)).not.toContain(SECRET);
  });

  it('23.13: its folder for a link, is not read', async () => {
    const files = await listFiles(join(snapshots, SNAPSHOT), { within: dataDir });
    await rename(join(snapshots, SNAPSHOT), join(root.path, 'moved'));
    await symlink(outside, join(snapshots, SNAPSHOT));
    const { engine, store } = dependencies();
    const keys = { data: (path: string) => `data/${path}`, pack: (n: number) => `${n}.pack` };
    const limits = new TransferLimits();
    await expect(
      engine.uploadReplica({ store, directory: join(snapshots, SNAPSHOT), within: dataDir, files, keys, limits }),
    ).rejects.toBeInstanceOf(SourceRefused);
    expect([...bucket.objects.keys()]).toEqual([]);
  });
});

describe('23.13: a name', () => {
  it('23.13: that is not UTF-8 is refused with its bytes', async () => {
    await writeFile(Buffer.concat([Buffer.from(inSnapshot('a')), Buffer.from([0xff, 0xfe]), Buffer.from('.sst')]), 'x');
    await expect(copy()).rejects.toThrow(/a\\xff\\xfe\.sst has a name that is not UTF-8\. .*nothing was committed/);
    expect(copied()).toEqual([]);
  });

  it.each(['a\nb.sst', 'a\tb.sst', 'a\u001b[2J.sst', 'a\\b.sst', 'a\u0085b.sst'])(
    '23.13: that no manifest may hold is refused before anything is sent: %j',
    async (name) => {
      await writeFile(inSnapshot(name), 'x');
      await expect(copy()).rejects.toThrow(
        `${JSON.stringify(name).slice(1, -1)} has a name that a backup can't record`,
      );
      expect(copied()).toEqual([]);
    },
  );

  it.each(['a\u2028b.sst', 'ä 1.sst', '日本.sst'])('23.13: of other letters is copied: %j', async (name) => {
    await writeFile(inSnapshot(name), 'x');
    expect((await copy()).segment).toMatchObject({ files: 5 });
  });
});

it('23.13: an ordinary snapshot is listed and copied', async () => {
  await list();
  const copied = await copy();
  expect(copied).toMatchObject({ segment: { files: 4 } });
  expect(copied).not.toHaveProperty('missed');
});

describe('23.13: where files are placed', () => {
  const content = Buffer.from('content');
  const IMPORTED = '1c6f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';

  async function place(): Promise<unknown> {
    const deps = dependencies();
    bucket.put('o', content);
    const line = { tablet: TABLET, path: 'intents/CURRENT', size: content.length, object: 'o', etag: 'e' };
    const work = await putWorkList(deps.repository, {
      ...{ workflowId: 'w', name: 'place', lines: [{ ...line, sha256: sha256Of(content) }], bytes: content.length },
    });
    const input = {
      uuid: PEER,
      snapshotId: IMPORTED,
      runKey: 'r',
      limits: {},
      attemptToken: 't1',
      batch: { n: 0, work },
    };
    await run(makePlaceTablets(deps), input as Parameters<ReturnType<typeof makePlaceTablets>>[0]);
    return await run(makeVerifyPlaced(deps), { uuid: PEER, snapshotId: IMPORTED, batches: [{ n: 0, work }] } as never);
  }

  it('23.13: they stand there with their content, and no temporary folder is left', async () => {
    expect(await place()).toEqual([]);
    expect(await hashFile(join(snapshots, IMPORTED, 'intents/CURRENT'), snapshots)).toMatchObject({
      sha256: sha256Of(content),
    });
    expect((await readdir(snapshots)).sort()).toEqual([SNAPSHOT, IMPORTED].sort());
  });

  it.each([
    ['a link as the snapshot', () => join(snapshots, IMPORTED)],
    ['a link as the temporary folder', () => join(snapshots, `${IMPORTED}.t1.tmp`)],
    ['a link as a folder of the temporary one', () => join(snapshots, `${IMPORTED}.t1.tmp`, 'intents')],
    ['a link as the folder of the snapshots', () => snapshots],
  ])('23.13: %s is refused, and nothing is written behind it or removed', async (_, pathOf) => {
    const path = pathOf();
    await rm(path, { recursive: true, force: true });
    await mkdir(join(path, '..'), { recursive: true });
    await symlink(outside, path);
    const before = await readdir(outside, { recursive: true });
    await expect(place()).rejects.toThrow(`${path} is a symbolic link`);
    expect(await readdir(outside, { recursive: true })).toEqual(before);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
  });

  it.each([
    ['under the name of a file', 'intents/CURRENT'],
    ['under the temporary name of a file', 'intents/CURRENT.tmp'],
  ])('23.13: a FIFO %s is refused and not waited at', async (_, name) => {
    const path = join(snapshots, `${IMPORTED}.t1.tmp`, name);
    await mkdir(join(path, '..'), { recursive: true });
    fifo(path);
    await expect(place()).rejects.toThrow(`${path} is a FIFO`);
  });

  it('23.13: what was exchanged for a FIFO after it was placed is not taken for placed', async () => {
    await place();
    const placed = join(snapshots, IMPORTED, 'intents/CURRENT');
    await rm(placed);
    fifo(placed);
    await expect(place()).rejects.toThrow(`${placed} is a FIFO`);
  });
});

it('23.13: such a failure is final, and of a type of the contract', async () => {
  await symlink('/etc/passwd', inSnapshot('x.sst'));
  const error = await copy().catch((caught: unknown) => caught);
  expect(asActivityFailure(error, context())).toMatchObject({ type: 'SnapshotFilesMissing', nonRetryable: true });
  await rm(inSnapshot('x.sst'));
  expect(await readFile(inSnapshot('CURRENT'), 'utf8')).toBe('MANIFEST-000001\n');
});
