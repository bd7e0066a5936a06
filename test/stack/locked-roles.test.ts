import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  bucketPolicy,
  layout,
  lockedCluster,
  openRepository,
  extendLocks,
  sweep,
  writeTombstone,
  type ClusterStore,
} from '../../src/repository';
import { openStore, type ObjectLock, type ObjectStore } from '../../src/transfer';
import { freePorts } from '../../stack/free-ports';
import { Supervisor } from '../../stack/processes/supervisor';
import { S3_ROLES, type S3Role } from '../../stack/servers/s3-roles';
import { s3Keys, seaweedfsService, S3_PORTS, type StoreKeys } from '../../stack/servers/seaweedfs';
import { stackTools } from '../../stack/tools';
import { fileOf, idOf, makeBackup } from '../repository/retention/kept-backups';
import { temporaryFolder } from '../suites/temporary-folder';
import { until } from '../support/stack';

const [BUCKET, PREFIX, A] = ['kalpa-locked', 'backups', idOf(1)] as const;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let supervisor: Supervisor;
let keys: StoreKeys;
let endpoint: string;
const opened: ObjectStore[] = [];

/** A bucket with object lock, and for each role what `kalpa policy` prints where `objectLock` is set. */
beforeAll(async () => {
  folder = await temporaryFolder();
  const numbers = await freePorts(S3_PORTS.length);
  const ports = Object.fromEntries(S3_PORTS.map((use, i) => [use, numbers[i] ?? 0]));
  endpoint = `http://127.0.0.1:${ports['s3']}`;
  const dir = join(folder.path, 's3');
  keys = s3Keys(dir, 'kalpa');
  const file = join(dir, 's3.json');
  const policies = S3_ROLES.map((name) => {
    const { Version, Statement } = bucketPolicy(name, { bucket: BUCKET, prefix: PREFIX, cluster: 'demo', locks: true });
    // SeaweedFS knows no condition on If-None-Match.
    return { name, content: JSON.stringify({ Version, Statement: Statement.filter(({ Condition }) => !Condition) }) };
  });
  const config = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...config, policies }), { mode: 0o600 });
  supervisor = new Supervisor(folder.path);
  await supervisor.start(seaweedfsService(stackTools().weed, { dir, ports, keys, bucket: 'kalpa', discard: true }));
  const admin = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: keys });
  await admin.send(new CreateBucketCommand({ Bucket: BUCKET, ObjectLockEnabledForBucket: true }));
  admin.destroy();
}, 90_000);
afterAll(async () => {
  for (const store of opened) store.close();
  await supervisor.stop();
  await folder.remove();
});

function as(role: S3Role): ClusterStore {
  const place = { bucket: BUCKET, prefix: PREFIX, region: 'us-east-1', endpoint, forcePathStyle: true };
  const store = openStore({ ...place, credentials: keys.roles[role] });
  opened.push(store);
  return openRepository({ store, cluster: 'demo' });
}

const inMs = (ms: number): ObjectLock => ({
  mode: 'governance',
  until: new Date(Math.ceil((Date.now() + ms) / 1000) * 1000).toISOString(),
});

it('26.8: writers that can not delete back up under lock; the janitor alone deletes, and not before the lock is over', async () => {
  const lock = inMs(15_000);
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
  const longer = inMs(16_000);
  const { kept, refused } = await extendLocks(node.store, [line as never], {
    lock: longer,
    from: new Date().toISOString(),
  });
  expect([kept.length, refused]).toEqual([1, undefined]);

  // The control worker commits; a reader changes no lock, and nobody gets round one.
  await makeBackup(lockedCluster(control, lock), A, { own: ['1'] });
  await expect(as('reader').store.setRetention(data, inMs(60_000))).rejects.toMatchObject({ kind: 'denied' });
  for (const role of S3_ROLES) {
    const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: keys.roles[role] });
    const Key = `${PREFIX}/${data}`;
    const round = new DeleteObjectCommand({
      Bucket: BUCKET,
      Key,
      VersionId: versionId,
      BypassGovernanceRetention: true,
    });
    await expect(client.send(round)).rejects.toMatchObject({ name: 'AccessDenied' });
    client.destroy();
  }
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
