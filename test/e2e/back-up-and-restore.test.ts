import { slowIt, some } from '../support/matrix';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { BackUpDatabaseResult, InspectClusterResult, RestoreDatabaseResult } from '../../src/contract';
import { ballast, leftovers } from '../support/cluster/cluster-state';
import { logsOf } from '../support/searched-places';
import { contentOf, quoted, schemaOf, withSql } from '../support/cluster/sql';
import { start, stackJson, temporalClient } from '../support/stack';

const SOURCE = 'wide';

describe('a database of every common kind', () => {
  const stack = stackJson();
  let client: Client;
  let backup: BackUpDatabaseResult;
  let writes = 0;
  const runs: string[] = [];

  beforeAll(async () => {
    client = await temporalClient(stack);
    await withSql(stack.ysql, 'yugabyte', async (sql) => await sql.query(`CREATE DATABASE ${SOURCE}`));
    await withSql(
      stack.ysql,
      SOURCE,
      async (sql) => await sql.query(readFileSync(join(__dirname, '../support/cluster/wide-database.sql'), 'utf8')),
    );
    await ballast(stack, SOURCE, 20_000_000, 3); // files above the part size of 16 MiB
  });
  afterAll(async () => {
    await client.connection.close();
  });

  it('is backed up while it is written to, and the backup is one moment', async () => {
    let writing = true;
    const writer = withSql(stack.ysql, SOURCE, async (sql) => {
      for (let i = 0; writing; i += 1) {
        const [from, to] = [1 + (i % 100), 1 + ((i * 7 + 3) % 100)];
        await sql.query('BEGIN');
        // Another amount each time: with one amount, all balances are as before after a hundred transfers, and counting
        // before and after would agree.
        await sql.query('UPDATE ledger SET balance = balance - $2 WHERE account = $1', [from, i + 1]);
        await sql.query('UPDATE ledger SET balance = balance + $2 WHERE account = $1', [to, i + 1]);
        await sql.query('COMMIT');
        writes += 1;
        await pause(5); // a steady load; as fast as possible would cost more than the backup
      }
    });
    const handle = await start(client, 'backUpDatabase', { database: `ysql.${SOURCE}`, fingerprint: 'full' });
    runs.push(handle.workflowId);
    backup = (await handle.result()) as BackUpDatabaseResult;
    writing = false;
    await writer;
    expect(writes).toBeGreaterThan(10);
    expect(backup).toMatchObject({ database: `ysql.${SOURCE}`, reusedBytes: 0 });
    expect(backup.bytes).toBeGreaterThan(60_000_000);
    expect(backup.tables).toBe(9); // partitions count, their parents have no storage
    expect(backup.backupId).toMatch(/^ysql\.wide-\d{8}T\d{6}Z-[0-9a-f]{6}$/);
    expect(await leftovers(stack)).toEqual([]);
  }, 120_000);

  it('is restored under another name with the same content, schema and sequences', async () => {
    const handle = await start(client, 'restoreDatabase', { backup: backup.backupId, as: 'wide_copy', verify: 'full' });
    runs.push(handle.workflowId);
    const restore = (await handle.result()) as RestoreDatabaseResult;
    expect(restore).toMatchObject({
      database: 'ysql.wide_copy',
      backupId: backup.backupId,
      recoveryPoint: backup.recoveryPoint,
      verified: { level: 'full' },
    });
    const [source, copy] = [await contentOf(stack.ysql, SOURCE), await contentOf(stack.ysql, 'wide_copy')];
    const rows = Object.values(copy).reduce((sum, table) => sum + table.rows, 0);
    expect(rows).toBeGreaterThan(25_000);
    delete source['public.ledger'];
    expect({ ...copy, 'public.ledger': undefined }).toEqual({ ...source, 'public.ledger': undefined });
    expect(await schemaOf(stack.ysql, 'wide_copy')).toEqual(await schemaOf(stack.ysql, SOURCE));
    const [sum] = (
      await withSql(
        stack.ysql,
        'wide_copy',
        async (sql) => await sql.query<{ sum: string }>('SELECT sum(balance) FROM ledger'),
      )
    ).rows;
    expect(sum?.sum).toBe('100000'); // one moment: no half transfer
    const next = await withSql(
      stack.ysql,
      'wide_copy',
      async (sql) => await sql.query<{ n: string }>("SELECT nextval('tickets') AS n"),
    );
    expect(next.rows[0]?.n).toBe('1050'); // five were taken: 1000 … 1040
    const inserted = await withSql(
      stack.ysql,
      'wide_copy',
      async (sql) => await sql.query("INSERT INTO customers (name) VALUES ('next') RETURNING id"),
    );
    expect(inserted.rows[0]).toEqual({ id: 2501 });
    expect(await leftovers(stack)).toEqual([]);
  }, 120_000);

  it('22.31: workers have nothing to warn of, neither at their start nor in these two runs', () => {
    const lines = logsOf()
      .filter(({ name }) => name.includes('worker'))
      .flatMap(({ text }) => text.split('\n'));
    expect(lines.some((line) => / INFO .*backup .* committed/.test(line))).toBe(true);
    const above = lines.filter((line) => / (WARN|ERROR) /.test(line));
    const ours = above.filter(
      (line) => runs.some((id) => line.includes(id)) || line.includes('No workflows registered'),
    );
    expect(ours).toEqual([]);
  });

  it('is listed by inspectCluster with what it can be recovered to', async () => {
    const inspected = (await (await start(client, 'inspectCluster', {})).result()) as InspectClusterResult;
    const { backupId, recoveryPoint } = backup;
    // 22.24: what has no backup is a finding; of this one there is one.
    const unprotected = (database: string): unknown =>
      expect.stringMatching(`^ysql\\.${database} has neither a backup nor a schedule that makes one`);
    expect(inspected.problems).toContainEqual(unprotected('wide_copy'));
    expect(inspected.problems).not.toContainEqual(unprotected(SOURCE));
    expect(inspected.problems.filter((problem) => !problem.includes('has neither a backup'))).toEqual([]);
    expect(inspected.databases.find(({ database }) => database === `ysql.${SOURCE}`)).toMatchObject({
      tables: backup.tables,
      newestBackup: { backupId, recoveryPoint },
      newestRecoveryPoint: { at: recoveryPoint, by: backupId, ageSeconds: expect.any(Number) as number },
      nextRuns: [],
      recoverable: [{ from: recoveryPoint, to: recoveryPoint, by: backupId }],
    });
  });

  slowIt(
    'can be backed up and restored again from its copy',
    async () => {
      const again = (await (
        await start(client, 'backUpDatabase', { database: 'ysql.wide_copy' })
      ).result()) as BackUpDatabaseResult;
      const before = await contentOf(stack.ysql, 'wide_copy');
      await (
        await start(client, 'restoreDatabase', { backup: { database: 'ysql.wide_copy' }, as: 'wide_copy_2' })
      ).result();
      expect(await contentOf(stack.ysql, 'wide_copy_2')).toEqual(before);
      expect(again.backupId).toContain('ysql.wide_copy-');
    },
    120_000,
  );

  it.each(some([`we"ird/ 'näme%' 顧客`, 'slash/and%percent', 'n'.repeat(63), 'UPPER lower']))(
    'keeps its legal odd name %j',
    async (name) => {
      await withSql(stack.ysql, 'yugabyte', async (sql) => await sql.query(`CREATE DATABASE ${quoted(name)}`));
      await withSql(
        stack.ysql,
        name,
        async (sql) =>
          await sql.query(
            `CREATE TABLE "odd ""table" (id int PRIMARY KEY, what text); INSERT INTO "odd ""table" VALUES (1, 'one'), (2, NULL)`,
          ),
      );
      const made = (await (
        await start(client, 'backUpDatabase', { database: `ysql.${name}` })
      ).result()) as BackUpDatabaseResult;
      expect(made.backupId).not.toMatch(/[ "'/]/);
      const target = `${name.slice(0, 20)}_2`;
      const restore = (await (
        await start(client, 'restoreDatabase', { backup: { database: `ysql.${name}` }, as: target })
      ).result()) as RestoreDatabaseResult;
      expect(restore.database).toBe(`ysql.${target}`);
      expect(await contentOf(stack.ysql, target)).toEqual(await contentOf(stack.ysql, name));
    },
    120_000,
  );
});
