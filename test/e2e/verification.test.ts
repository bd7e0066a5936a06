import { readFileSync } from 'node:fs';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Client } from '@temporalio/client';
import type {
  ApplyRetentionResult,
  BackUpDatabaseResult,
  DumpDatabaseResult,
  RestoreDatabaseResult,
  VerifyBackupResult,
} from '../../src/contract';
import { detailBackups, listBackups, openRepository, trustOf, type BackupDetails } from '../../src/repository';
import { ballast, leftovers } from '../support/cluster/cluster-state';
import { newDatabase } from '../support/cluster/new-database';
import { contentOf, withSql } from '../support/cluster/sql';
import { openStackStore } from '../support/store/stack-store';
import { failureOf, start, stackJson, temporalClient } from '../support/stack';

const BALLAST = 20_000_000;
const CONTENT = `
  CREATE TABLE orders (id int PRIMARY KEY, note text);
  INSERT INTO orders SELECT n, md5(n::text) FROM generate_series(1, 5000) n;
`;

describe('26.4: verification', () => {
  const stack = stackJson();
  const store = openStackStore(stack);
  const { signing, s3: at } = stack;
  const trust = trustOf({ publicKeys: signing.publicKeys, privateKey: readFileSync(signing.privateKeyFile, 'utf8') });
  const repository = openRepository({ store, cluster: 'demo', trust });
  const s3 = new S3Client({
    endpoint: at.endpoint,
    region: at.region,
    forcePathStyle: true,
    credentials: { accessKeyId: at.accessKeyId, secretAccessKey: at.secretAccessKey },
  });
  const named = (key: string) => ({ Bucket: at.bucket, Key: `${at.prefix.replace(/\/?$/, '/')}${key}` });
  let client: Client;
  let database: string;
  let first: BackUpDatabaseResult;
  let second: BackUpDatabaseResult;
  let third: BackUpDatabaseResult;

  const run = async <R>(type: string, input: object): Promise<R> =>
    (await (await start(client, type, input)).result()) as R;
  const backUp = async (): Promise<BackUpDatabaseResult> =>
    await run('backUpDatabase', { database: `ysql.${database}`, fingerprint: 'full' });
  const verify = async (backup: string, more: object = {}): Promise<VerifyBackupResult> =>
    await run('verifyBackup', { backup, level: 'full', ...more });
  const verdicts = async (): Promise<Record<string, BackupDetails['verified']>> => {
    const found: Record<string, BackupDetails['verified']> = {};
    const listed = await listBackups(repository, { database: `ysql.${database}` });
    for await (const { backupId, verified } of detailBackups(repository, listed)) found[backupId] = verified;
    return found;
  };

  beforeAll(async () => {
    client = await temporalClient(stack);
    database = await newDatabase(stack, 'verified', CONTENT);
    await ballast(stack, database, BALLAST, 2); // one object each
    first = await backUp();
    await withSql(stack.ysql, database, async (sql) => await sql.query("UPDATE orders SET note = 'new' WHERE id < 10"));
    second = await backUp();
  }, 120_000);
  afterAll(async () => {
    store.close();
    s3.destroy();
    await client.connection.close();
  });

  it('a good backup is read once; what was read is not read again, for its increment either', async () => {
    const read = await verify(first.backupId);
    expect(read).toMatchObject({ problems: [], provedBytes: 0 });
    expect(read.readBytes).toBe(read.bytes);
    expect(read.bytes).toBeGreaterThan(first.bytes); // with file lists, schema and the like
    expect(await verify(first.backupId)).toMatchObject({ problems: [], readBytes: 0, provedBytes: read.bytes });
    const increment = await verify(second.backupId);
    expect(increment.problems).toEqual([]);
    expect(increment.provedBytes).toBe(second.reusedBytes);
    expect(increment.readBytes).toBeLessThan(BALLAST / 10);
    expect(await verdicts()).toMatchObject({
      [first.backupId]: { level: 'full', ok: true },
      [second.backupId]: { level: 'full', ok: true },
    });
  }, 120_000);

  it('79: an object that someone altered and one that is gone mark each backup that needs them, and no restore begins with one', async () => {
    const large: string[] = [];
    for await (const { key, size } of store.list(`clusters/demo/backups/${first.backupId}/`))
      if (size > BALLAST / 2) large.push(key);
    const [altered = '', removed = ''] = large;
    const { Body } = await s3.send(new GetObjectCommand(named(altered)));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await s3.send(new PutObjectCommand({ ...named(altered), Body: bytes }));
    await s3.send(new DeleteObjectCommand(named(removed)));

    const { problems, affected, readBytes } = await verify(second.backupId, { level: 'sizes' });
    expect([...(affected ?? [])].sort()).toEqual([first.backupId, second.backupId].sort());
    expect(problems).toHaveLength(4);
    expect(problems.slice(0, 2).sort()).toEqual(
      [first, second]
        .map(({ backupId }) => `${backupId} can't be restored completely: 2 of its files are missing or damaged.`)
        .sort(),
    );
    expect(problems.slice(2).join('\n')).toMatch(/the object was replaced/);
    expect(problems.slice(2).join('\n')).toMatch(/it is missing/);
    expect(readBytes).toBe(0);
    // Whoever looks deeper finds the same; what was proved before does not hide it.
    expect((await verify(first.backupId, { provedWithin: '0s' })).affected).toHaveLength(2);
    expect(await verdicts()).toMatchObject({ [first.backupId]: { ok: false }, [second.backupId]: { ok: false } });

    const refused = await failureOf(
      await start(client, 'restoreDatabase', { backup: first.backupId, as: `${database}_bad` }),
    );
    expect(refused.type).toBe('ChecksumMismatch');
    expect(refused.message).toMatch(/can't be restored: the verification of .* found something missing or damaged/);
    const newest = { backup: { database: `ysql.${database}` }, as: `${database}_bad` };
    expect((await failureOf(await start(client, 'restoreDatabase', newest))).type).toBe('NotFound');
    expect(await leftovers(stack)).toEqual([]);
  }, 120_000);

  it('39: the next backup uploads what is bad again and refers to the rest; it is whole, is taken for the newest, and the restore is right', async () => {
    third = await backUp();
    expect(third.uploadedBytes).toBeGreaterThan(2 * BALLAST);
    expect(third.reusedBytes).toBeGreaterThan(0);
    expect((third.warnings ?? []).join(' ')).toContain(first.backupId);
    expect(await verify(third.backupId)).toMatchObject({ problems: [] });
    const as = `${database}_again`;
    const restored = await run<RestoreDatabaseResult>('restoreDatabase', {
      ...{ backup: { database: `ysql.${database}` }, as, verify: 'full' },
    });
    expect(restored.backupId).toBe(third.backupId);
    expect(await contentOf(stack.ysql, as)).toEqual(await contentOf(stack.ysql, database));
    const { first: decisions } = await run<ApplyRetentionResult>('applyRetention', {
      ...{ database: `ysql.${database}`, dryRun: true },
    });
    expect(decisions.find(({ rules }) => rules.includes('last proved good'))?.backupId).toBe(third.backupId);
  }, 180_000);

  it('what is damaged is fetched again from the cluster, and each backup that needs it restores', async () => {
    const database = await newDatabase(stack, 'repaired', CONTENT);
    await ballast(stack, database, BALLAST, 2);
    const backed = async (): Promise<BackUpDatabaseResult> =>
      await run('backUpDatabase', { database: `ysql.${database}`, fingerprint: 'full' });
    const full = await backed();
    const increment = await backed();
    const large: string[] = [];
    for await (const { key, size } of store.list(`clusters/demo/backups/${full.backupId}/`))
      if (size > BALLAST / 2) large.push(key);
    const [altered = '', removed = ''] = large;
    const { Body } = await s3.send(new GetObjectCommand(named(altered)));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await s3.send(new PutObjectCommand({ ...named(altered), Body: bytes }));
    await s3.send(new DeleteObjectCommand(named(removed)));
    expect((await verify(full.backupId, { provedWithin: '0s' })).affected).toHaveLength(2);

    const healed = await verify(full.backupId, { repair: true });
    expect(healed).toMatchObject({ problems: [], repaired: { files: 2 } });
    expect(healed.unrepaired).toBeUndefined();
    for (const { backupId } of [full, increment]) {
      const as = `${database}_${backupId.slice(-6)}`;
      await run<RestoreDatabaseResult>('restoreDatabase', { backup: backupId, as, verify: 'full' });
      expect(await contentOf(stack.ysql, as)).toEqual(await contentOf(stack.ysql, database));
    }
    const next = await backed();
    expect(next.uploadedBytes).toBeLessThan(BALLAST);
    expect(await verify(next.backupId, { provedWithin: '0s' })).toMatchObject({ problems: [] });
  }, 240_000);

  it('a dump is verified too', async () => {
    const { dumpId } = await run<DumpDatabaseResult>('dumpDatabase', { database: `ysql.${database}` });
    const read = await verify(dumpId);
    expect(read).toMatchObject({ problems: [], provedBytes: 0, readBytes: read.bytes });
    expect((await verify(dumpId)).readBytes).toBe(0);
    for await (const { key } of store.list(`clusters/demo/dumps/${dumpId}/`))
      if (key.endsWith('.gz')) await s3.send(new DeleteObjectCommand(named(key)));
    const { problems } = await verify(dumpId, { level: 'present' });
    expect(problems[0]).toContain(`${dumpId} can't be restored completely`);
  }, 60_000);
});
