import { startRclone } from '../../suites/rclone';
import type { S3Server } from '../../suites/s3-server';
import { FaultCluster } from '../../support/cluster/fault-cluster';
import { failureOf, stackJson } from '../../support/stack';

const { s3 } = stackJson();
let rclone: S3Server;
let cluster: FaultCluster;
beforeAll(async () => {
  const { accessKeyId, secretAccessKey, bucket, roles } = s3;
  const others = Object.values(roles);
  rclone = await startRclone({ bucket, credentials: { accessKeyId, secretAccessKey }, others });
  cluster = await FaultCluster.make({ s3Endpoint: rclone.config('').endpoint ?? '' });
}, 60_000);
afterAll(async () => {
  await cluster.stop();
  await rclone.stop();
});

it('a backup into a store that ignores conditional writes is refused with StoreUnsafe, before a snapshot is taken', async () => {
  const database = await cluster.database();
  const failure = await failureOf(await cluster.start('backUpDatabase', { database }));
  expect(failure.type).toBe('StoreUnsafe');
  expect(failure.message).toContain('is not safe for backups: The store ignores create-if-absent (If-None-Match)');
  expect(failure.message).toMatch(/Use another store, or set repository\.allowUnsafeStore/);
  expect(failure.details[0]?.['findings']).toHaveLength(3);
  expect(await cluster.leftovers()).toEqual([]);
});
