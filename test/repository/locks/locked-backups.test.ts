import {
  lockedCluster,
  openRepository,
  extendLocks,
  readFilesOf,
  readManifest,
  sweep,
  undelete,
  writeTombstone,
  layout,
  type ClusterStore,
} from '../../../src/repository';
import { openStore, type ObjectLock, type ObjectStore } from '../../../src/transfer';
import { until } from '../../support/stack';
import { makeLockedBucket } from '../../suites/locked-bucket';
import { startSeaweedfs, type Seaweedfs } from '../../suites/seaweedfs';
import { fileOf, idOf, makeBackup } from '../retention/kept-backups';

const [A, B] = [idOf(1), idOf(2)];
const NOW = { graceMs: 0, maxRunTimeMs: 0, lastsAtMostMs: 60_000 };
const said = { kind: 'backup', reason: 'not needed any more' } as const;

let seaweedfs: Seaweedfs;
let store: ObjectStore;
const opened: ObjectStore[] = [];
beforeAll(async () => {
  seaweedfs = await startSeaweedfs();
});
beforeEach(async () => {
  const n = opened.length;
  store = openStore(await makeLockedBucket(seaweedfs, 'l', `kalpa-locked-${n}`));
  opened.push(store);
});
afterAll(async () => {
  for (const one of opened) one.close();
  await seaweedfs.stop();
});

const inMs = (ms: number, mode: ObjectLock['mode']): ObjectLock => ({
  mode,
  until: new Date(Math.ceil((Date.now() + ms) / 1000) * 1000).toISOString(),
});
const over = async (lock: string): Promise<void> =>
  await until(`${lock} is over`, async () => (await store.serverTime()).toISOString() > lock);

async function everything(of: ClusterStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of of.store.listVersions(`clusters/${of.cluster}/`))
    if (!key.includes('/tombstones/')) found.push(key);
  return found;
}

it('26.7: while it is locked nothing of a backup can be deleted, and it can be undeleted; what others need stays locked for them; later all of it goes', async () => {
  const repository = openRepository({ store, cluster: 'demo' });
  const first = inMs(15_000, 'compliance');
  await makeBackup(lockedCluster(repository, first), A, { own: ['1', '2'] });
  for await (const { key, versionId } of store.listVersions('clusters/demo/')) {
    expect([key, await store.retention(key, { versionId })]).toEqual([key, first]);
    expect(await store.delete([{ key, versionId }])).toHaveLength(1);
  }

  // The next one refers to a file of it, and needs that for longer.
  const from = new Date().toISOString();
  const second = inMs(22_000, 'compliance');
  const shared = { size: 10, object: fileOf(A, '2'), lockedUntil: first.until };
  const { kept } = await extendLocks(store, [shared as never], { lock: second, from });
  const sharedUntil = kept[0]?.lockedUntil ?? '';
  expect(sharedUntil > second.until).toBe(true);
  await makeBackup(lockedCluster(repository, second), B, { own: ['3'], others: { [A]: ['2'] } });

  // Locked: not begun, so it can be taken back, and the next sweep says the same.
  await writeTombstone(repository, { ...said, id: A });
  for (let times = 0; times < 2; times += 1)
    expect(await sweep(repository, NOW)).toMatchObject({
      swept: [],
      waiting: [{ id: A, because: `it is locked until ${first.until} (compliance mode)` }],
      objects: 0,
    });
  await undelete(repository, { ...said, id: A });
  await writeTombstone(repository, { ...said, id: A });

  // Its own time is over: what the other one needs stays.
  await over(first.until);
  expect((await sweep(repository, NOW)).waiting).toEqual([
    { id: A, because: expect.stringContaining(`needed by ${B}`) as string },
  ]);
  expect(await everything(repository)).not.toContain(fileOf(A, '1'));
  const { header } = await readManifest(repository, B);
  for await (const { object } of readFilesOf(repository, header))
    expect(String(await store.read(object))).toMatch(/^ysql.orders-/);

  // Nobody needs it, and it is locked still: said with its time, nothing fails, the other one is gone first.
  await writeTombstone(repository, { ...said, id: B });
  await over(second.until);
  const late = await sweep(repository, NOW);
  expect(late.swept).toEqual([B]);
  expect(late.waiting).toEqual([
    {
      id: A,
      because: `1 of its objects can't be removed yet (${fileOf(A, '2')} is locked until ${sharedUntil}, compliance mode)`,
    },
  ]);
  await over(sharedUntil);
  expect((await sweep(repository, NOW)).swept).toEqual([A]);
  expect(await everything(repository)).toEqual([]);
});

it('26.7: records that are locked for longer than the data are not left behind', async () => {
  const repository = openRepository({ store, cluster: 'demo' });
  await makeBackup(lockedCluster(repository, inMs(8_000, 'governance')), A, { own: [] });
  const manifest = layout.manifest('demo', A);
  const longer = inMs(14_000, 'governance');
  await store.setRetention(manifest, longer);
  await writeTombstone(repository, { ...said, id: A });
  let last = await sweep(repository, NOW);
  await until('the data can be removed', async () => {
    last = await sweep(repository, NOW);
    return last.objects > 0;
  });
  expect(last).toMatchObject({
    swept: [],
    waiting: [{ id: A, because: expect.stringContaining(longer.until) as string }],
  });
  await over(longer.until);
  expect((await sweep(repository, NOW)).swept).toEqual([A]);
  expect(await everything(repository)).toEqual([]);
});
