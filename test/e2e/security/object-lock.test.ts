import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { BackUpDatabaseResult } from '../../../src/contract';
import {
  layout,
  readFilesOf,
  readIntent,
  readManifest,
  sweep,
  type ClusterStore,
  type SegmentLine,
} from '../../../src/repository';
import type { ListedVersion, ObjectLock } from '../../../src/transfer';
import { FaultCluster } from '../../support/cluster/fault-cluster';
import { LockedStore } from '../../support/store/locked-store';
import { repositoryAs } from '../../support/store/stack-store';
import { until } from '../../support/stack';

const DAY_MS = 24 * 3_600_000;
const NAME = 'locked';
const NOW = { graceMs: 0, maxRunTimeMs: 0, lastsAtMostMs: 60_000 };
/** Files of these are objects of their own, and one of them is uploaded in parts. */
const BALLAST = 20_000_000;
const SOON_MS = 2_000;

describe('26.7: a cluster that backs up into a bucket with object lock, in roles that can not delete', () => {
  let locked: LockedStore;
  let cluster: FaultCluster;
  let control: ClusterStore;
  let janitor: ClusterStore;
  let database: `ysql.${string}`;

  beforeAll(async () => {
    locked = await LockedStore.start(NAME);
    cluster = await FaultCluster.make({
      name: NAME,
      s3: locked.s3,
      objectLock: { mode: 'governance', days: 1 },
      apart: ['control-worker', 'janitor', 'node-worker-1', 'node-worker-2', 'node-worker-3'],
      janitor: true,
    });
    control = repositoryAs(cluster.json, 'control', NAME);
    janitor = repositoryAs(cluster.json, 'janitor', NAME);
    database = await cluster.database();
    await cluster.act('ballast', { database: database.slice(5), bytes: BALLAST, files: 2 });
  }, 180_000);
  afterAll(async () => {
    control.store.close();
    janitor.store.close();
    await cluster.stop();
    await locked.stop();
  });

  const versions = async (prefix: string): Promise<ListedVersion[]> => {
    const found: ListedVersion[] = [];
    for await (const version of janitor.store.listVersions(prefix)) found.push(version);
    return found;
  };
  /** Everything that a restore of it needs and that it wrote itself. */
  const ownVersions = async (id: string): Promise<ListedVersion[]> =>
    (
      await Promise.all([layout.backup(NAME, id), layout.intent(NAME, id), layout.manifest(NAME, id)].map(versions))
    ).flat();
  const linesOf = async (id: string): Promise<SegmentLine[]> => {
    const { header } = await readManifest(control, id);
    const lines: SegmentLine[] = [];
    for await (const line of readFilesOf(control, header)) lines.push(line);
    return lines;
  };
  const lockOf = async (id: string): Promise<ObjectLock> => {
    const lock = (await readIntent(control, id))?.lock;
    if (lock === undefined) throw new Error(`${id} is not locked`);
    return lock;
  };
  /** What it wrote is locked as its protection record says, and what it refers to at least as long. */
  const expectLocked = async ({ backupId }: BackUpDatabaseResult, mode: ObjectLock['mode']): Promise<void> => {
    const lock = await lockOf(backupId);
    expect(lock.mode).toBe(mode);
    expect(Date.parse(lock.until) - Date.now()).toBeGreaterThan(DAY_MS);
    const own = await ownVersions(backupId);
    expect(own.length).toBeGreaterThan(4);
    for (const { key, versionId, marker } of own)
      expect([key, marker, await janitor.store.retention(key, { versionId })]).toEqual([key, false, lock]);
    for (const { object, versionId, lockedUntil } of await linesOf(backupId)) {
      expect(versionId).toEqual(expect.any(String));
      expect(await janitor.store.retention(object, { versionId })).toEqual({ mode, until: lockedUntil });
      expect(Date.parse(lockedUntil ?? '')).toBeGreaterThanOrEqual(Date.parse(lock.until));
    }
  };
  /** Read as a restore does; a run that reads it would keep it from the sweep by a lease. */
  const expectIntact = async ({ backupId }: BackUpDatabaseResult): Promise<void> => {
    for (const { object, versionId, offset = 0, size, sha256 } of await linesOf(backupId)) {
      const bytes = (await control.store.read(object, { versionId })).subarray(offset, offset + size);
      expect([object, createHash('sha256').update(bytes).digest('hex')]).toEqual([object, sha256]);
    }
  };
  const sweepNow = async (): ReturnType<typeof sweep> => await sweep(janitor, NOW);
  const whyNot = async (id: string): Promise<string | undefined> =>
    (await sweepNow()).waiting.find((one) => one.id === id)?.because;

  let first: BackUpDatabaseResult;
  let second: BackUpDatabaseResult;
  let third: BackUpDatabaseResult;

  it('everything that a backup needs is locked; the next one refers to it, and keeps it locked for as long as itself', async () => {
    first = await cluster.backUp(database, { fingerprint: 'full' });
    expect(first.warnings ?? []).toEqual([]);
    await expectLocked(first, 'governance');

    await cluster.sql(database, "INSERT INTO customers (name) SELECT 'second ' || n FROM generate_series(1, 100) n");
    second = await cluster.backUp(database);
    expect(second.warnings ?? []).toEqual([]);
    expect(second.reusedBytes).toBeGreaterThan(BALLAST);
    await expectLocked(second, 'governance');
    const before = await lockOf(first.backupId);
    const shared = (await linesOf(second.backupId)).filter(({ backup }) => backup === first.backupId);
    expect(shared.length).toBeGreaterThan(0);
    for (const { lockedUntil = '' } of shared) expect(lockedUntil > before.until).toBe(true);
  }, 180_000);

  it('in governance mode nobody deletes or hides it for good, except who has the right to bypass the lock', async () => {
    const [line] = await linesOf(first.backupId);
    const version = { key: line?.object ?? '', versionId: line?.versionId ?? '' };
    for (const role of ['node', 'control', 'reader', 'janitor'] as const)
      await expect(locked.deleteBypassing(version, role)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await janitor.store.delete([version])).toHaveLength(1);
    for (const role of ['node', 'control', 'reader'] as const)
      await expect(locked.hide(version.key, role)).rejects.toMatchObject({ name: 'AccessDenied' });
    // A janitor may delete, so also hide: what is restored is read by its version.
    await locked.hide(version.key, 'janitor');
    expect((await versions(version.key)).map(({ marker }) => marker)).toEqual(expect.arrayContaining([true, false]));
    await expectIntact(first);
  }, 120_000);

  it('what is deleted and locked waits for a later sweep, which says so; then its versions and markers go', async () => {
    third = await cluster.backUp(database, { incremental: 'no', fingerprint: 'full' });
    await expectLocked(third, 'governance');
    const named = { backup: first.backupId, reason: 'a test' };
    const { until: end } = await lockOf(first.backupId);
    await cluster.run('deleteBackup', named);
    for (let times = 0; times < 2; times += 1)
      expect(await whyNot(first.backupId)).toBe(`it is locked until ${end} (governance mode)`);
    await cluster.run('undeleteBackup', named);
    await cluster.run('deleteBackup', named);

    // Its own time is over: what the second one refers to stays.
    const referred = new Set((await linesOf(second.backupId)).map(({ object }) => object));
    for (const version of await ownVersions(first.backupId))
      if (!version.marker && !referred.has(version.key)) await locked.shorten(version, SOON_MS);
    await until('its lock is over', async () => (await whyNot(first.backupId))?.includes('needed by') === true);
    expect(await whyNot(first.backupId)).toContain(`needed by ${second.backupId}`);
    const left = await versions(layout.backup(NAME, first.backupId));
    expect(left.filter(({ key }) => !referred.has(key))).toEqual([]);
    expect(left.length).toBeGreaterThan(0);
    await expectIntact(second);

    // Nobody needs it any more.
    await cluster.run('deleteBackup', { backup: second.backupId, reason: 'a test' });
    for (const version of [...(await ownVersions(first.backupId)), ...(await ownVersions(second.backupId))])
      if (!version.marker) await locked.shorten(version, SOON_MS);
    const swept = new Set<string>();
    await until('both are swept', async () => {
      for (const id of (await sweepNow()).swept) swept.add(id);
      return swept.has(first.backupId) && swept.has(second.backupId);
    });
    expect([...(await ownVersions(first.backupId)), ...(await ownVersions(second.backupId))]).toEqual([]);
  }, 180_000);

  it('in compliance mode the owner of the bucket can not delete it either, nor what it refers to; a restore brings back the content', async () => {
    const file = cluster.json.config;
    writeFileSync(file, readFileSync(file, 'utf8').replace('mode: governance', 'mode: compliance'));
    await cluster.kill('control-worker');
    // Its objects can't depend on locks that somebody may bypass, and the store does not turn those into stronger ones.
    const fourth = await cluster.backUp(database);
    expect(fourth.warnings).toEqual([expect.stringContaining('could not be locked for longer') as string]);
    expect(fourth.uploadedBytes).toBe(fourth.bytes);
    await expectLocked(fourth, 'compliance');

    await cluster.sql(database, "INSERT INTO customers (name) SELECT 'fifth ' || n FROM generate_series(1, 100) n");
    const fifth = await cluster.backUp(database, { fingerprint: 'full' });
    expect(fifth.warnings ?? []).toEqual([]);
    expect(fifth.reusedBytes).toBeGreaterThan(BALLAST);
    await expectLocked(fifth, 'compliance');
    for (const { object: key, versionId = '' } of await linesOf(fifth.backupId)) {
      await expect(locked.deleteBypassing({ key, versionId })).rejects.toMatchObject({ name: 'AccessDenied' });
      const shortened = locked.shorten({ key, versionId }, SOON_MS, 'COMPLIANCE');
      await expect(shortened).rejects.toMatchObject({ name: 'AccessDenied' });
    }
    const content = await cluster.content(database);
    await cluster.run('restoreDatabase', { backup: fifth.backupId, as: 'restored', verify: 'full' });
    expect(await cluster.content('restored')).toEqual(content);
    await cluster.untilClean();
  }, 240_000);
});
