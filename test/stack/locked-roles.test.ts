import {
  layout,
  lockedCluster,
  openRepository,
  extendLocks,
  sweep,
  writeTombstone,
  type ClusterStore,
} from '../../src/repository';
import { openStore, type ObjectStore } from '../../src/transfer';
import { S3_ROLES, type S3Role } from '../../stack/servers/s3-roles';
import { fileOf, idOf, makeBackup } from '../repository/retention/kept-backups';
import { LockedStore, lockFor } from '../support/store/locked-store';
import { until } from '../support/stack';

const A = idOf(1);

let locked: LockedStore;
const opened: ObjectStore[] = [];
beforeAll(async () => {
  locked = await LockedStore.start('demo');
}, 90_000);
afterAll(async () => {
  for (const store of opened) store.close();
  await locked.stop();
});

function as(role: S3Role): ClusterStore {
  const { bucket, prefix, region, endpoint, roles } = locked.s3;
  const store = openStore({ bucket, prefix, region, endpoint, forcePathStyle: true, credentials: roles[role] });
  opened.push(store);
  return openRepository({ store, cluster: 'demo' });
}

it('26.8: writers that can not delete back up under lock; the janitor alone deletes, and not before the lock is over', async () => {
  const lock = lockFor(15_000);
  const [node, control, janitor] = [as('node'), as('control'), as('janitor')];

  // Nodes lock what they write, and prolong what they refer to.
  const data = fileOf(A, 'of-a-node');
  const { versionId = '' } = await lockedCluster(node, lock).store.create(data, Buffer.from('x'));
  const parts = fileOf(A, 'in-parts');
  const uploadId = await lockedCluster(node, lock).store.createMultipart(parts);
  const part = await node.store.uploadPart({ key: parts, uploadId, number: 1 }, Buffer.from('x'));
  const inParts = await node.store.completeMultipart(parts, uploadId, [part]);
  expect(await node.store.retention(parts, { versionId: inParts.versionId })).toEqual(lock);
  const line = { object: data, versionId, size: 1, lockedUntil: lock.until };
  const longer = lockFor(16_000);
  const { kept, refused } = await extendLocks(node.store, [line as never], {
    lock: longer,
    from: new Date().toISOString(),
  });
  expect([kept.length, refused]).toEqual([1, undefined]);

  // The control worker commits; a reader changes no lock, and nobody gets round one.
  await makeBackup(lockedCluster(control, lock), A, { own: ['1'] });
  await expect(as('reader').store.setRetention(data, lockFor(60_000))).rejects.toMatchObject({ kind: 'denied' });
  for (const role of S3_ROLES)
    await expect(locked.deleteBypassing({ key: data, versionId }, role)).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  for (const writer of [node, control])
    for (const one of [data, { key: data, versionId }]) {
      const removed = await writer.store.delete([one]).then(
        (problems) => problems.length === 0,
        () => false,
      );
      expect(removed).toBe(false);
    }

  // Nor can they have it deleted.
  const named = { kind: 'backup', id: A, reason: 'not needed' } as const;
  await expect(writeTombstone(control, named)).rejects.toMatchObject({ kind: 'denied' });
  await writeTombstone(janitor, named);
  const now = { graceMs: 0, maxRunTimeMs: 0, lastsAtMostMs: 60_000 };
  expect((await sweep(janitor, now)).waiting).toEqual([
    { id: A, because: `it is locked until ${lock.until} (governance mode)` },
  ]);
  expect(await janitor.store.delete([{ key: data, versionId }])).toHaveLength(1);
  expect(String(await janitor.store.read(data, { versionId }))).toBe('x');
  await until('every lock is over', async () => (await sweep(janitor, now)).swept.includes(A));
  for await (const { key } of janitor.store.listVersions(layout.backup('demo', A))) throw new Error(`${key} was left`);
}, 90_000);
