import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Client } from '@temporalio/client';
import type { BackUpDatabaseResult, RestoreDatabaseResult } from '../../src/contract';
import { ballast, leftovers } from '../support/cluster/cluster-state';
import { newDatabase } from '../support/cluster/new-database';
import { contentOf, withSql } from '../support/cluster/sql';
import { openStackStore } from '../support/store/stack-store';
import { start, stackJson, temporalClient } from '../support/stack';

const BALLAST = 20_000_000;
const CONTENT = `
  CREATE TABLE orders (id int PRIMARY KEY, note text);
  CREATE INDEX ON orders (note);
  INSERT INTO orders SELECT n, md5(n::text) FROM generate_series(1, 5000) n;
  CREATE TABLE quiet (id int PRIMARY KEY);
  INSERT INTO quiet SELECT generate_series(1, 1000);
`;

describe('26.1: backups one after the other', () => {
  const stack = stackJson();
  const store = openStackStore(stack);
  let client: Client;
  let database: string;
  const backups: BackUpDatabaseResult[] = [];

  const backUp = async (more: object = {}): Promise<BackUpDatabaseResult> => {
    const run = await start(client, 'backUpDatabase', { database: `ysql.${database}`, ...more });
    const backup = (await run.result()) as BackUpDatabaseResult;
    backups.push(backup);
    return backup;
  };
  const objectsOf = async (backup: BackUpDatabaseResult | undefined): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of store.list(`clusters/demo/backups/${backup?.backupId ?? 'none'}/`)) keys.push(key);
    return keys.filter((key) => /\/(data|packs)\//.test(key));
  };
  const restored = async (backup: BackUpDatabaseResult, as: string): Promise<Record<string, unknown>> => {
    const run = await start(client, 'restoreDatabase', { backup: backup.backupId, as, verify: 'full' });
    expect((await run.result()) as RestoreDatabaseResult).toMatchObject({ database: `ysql.${as}` });
    return await contentOf(stack.ysql, as);
  };

  beforeAll(async () => {
    client = await temporalClient(stack);
    database = await newDatabase(stack, 'incremental', CONTENT);
    await ballast(stack, database, BALLAST, 2); // one object each, uploaded in parts
  }, 60_000);
  afterAll(async () => {
    store.close();
    await client.connection.close();
  });

  it('the first one uploads everything', async () => {
    const first = await backUp({ fingerprint: 'full' });
    expect(first).toMatchObject({ reusedBytes: 0, uploadedBytes: first.bytes });
    expect(first.bytes).toBeGreaterThan(2 * BALLAST);
    expect(first.warnings ?? []).toEqual([]);
  }, 60_000);

  it('without a change the next one uploads what each snapshot writes again, MANIFEST and CURRENT, and not one table file', async () => {
    const second = await backUp();
    expect(second.uploadedBytes).toBeLessThan(10_000);
    expect(second.uploadedBytes + second.reusedBytes).toBe(second.bytes);
    expect((await objectsOf(second)).filter((key) => key.includes('/data/'))).toEqual([]);
    expect(second.warnings ?? []).toEqual([]);
  }, 60_000);

  it('after a change the next one uploads what is new, and a restore of it needs its manifest alone', async () => {
    await withSql(stack.ysql, database, async (sql) => await sql.query("UPDATE orders SET note = 'new' WHERE id < 10"));
    const third = await backUp({ fingerprint: 'full' });
    expect(third.uploadedBytes).toBeGreaterThan(0);
    expect(third.uploadedBytes).toBeLessThan(BALLAST / 10);
    expect(third.uploadedBytes + third.reusedBytes).toBe(third.bytes);
    expect(third.warnings ?? []).toEqual([]);
    expect(await restored(third, `${database}_third`)).toEqual(await contentOf(stack.ysql, database));
    expect(await leftovers(stack)).toEqual([]);
  }, 120_000);

  it('39: an object that no longer exists is uploaded again, the run says whose it was, and the restore is right', async () => {
    const [first] = backups;
    const [gone = ''] = (await objectsOf(first)).filter((key) => key.includes('/data/'));
    const s3 = new S3Client({
      endpoint: stack.s3.endpoint,
      region: stack.s3.region,
      forcePathStyle: true,
      credentials: { accessKeyId: stack.s3.accessKeyId, secretAccessKey: stack.s3.secretAccessKey },
    });
    await s3.send(
      new DeleteObjectCommand({ Bucket: stack.s3.bucket, Key: `${stack.s3.prefix.replace(/\/?$/, '/')}${gone}` }),
    );
    s3.destroy();
    const fourth = await backUp({ fingerprint: 'full' });
    expect(fourth.uploadedBytes).toBeGreaterThanOrEqual(BALLAST);
    expect(fourth.uploadedBytes).toBeLessThan(1.1 * BALLAST);
    expect(fourth.warnings).toEqual([
      expect.stringMatching(
        new RegExp(
          `^1 files that earlier backups recorded are missing from the bucket or have changed.*${first?.backupId}`,
        ),
      ),
    ]);
    expect(await restored(fourth, `${database}_fourth`)).toEqual(await contentOf(stack.ysql, database));
  }, 120_000);

  it('asked to, one uploads everything again', async () => {
    const fifth = await backUp({ incremental: 'no' });
    expect(fifth).toMatchObject({ reusedBytes: 0, uploadedBytes: fifth.bytes });
  }, 60_000);
});
