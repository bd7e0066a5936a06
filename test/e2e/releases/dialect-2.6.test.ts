import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { startStack as StartStack, RunningStack } from '../../../stack';
import type {
  BackUpDatabaseResult,
  EnablePointInTimeRecoveryResult,
  InspectClusterResult,
  RestoreDatabaseResult,
} from '../../../src/contract';
import { arm, leftovers } from '../../support/cluster/cluster-state';
import { newDatabase, SMALL } from '../../support/cluster/new-database';
import { loseARow, repairTemplate } from '../../support/cluster/spoiled-template';
import { contentOf, schemaOf, withSql } from '../../support/cluster/sql';
import { failureOf, start, stackJson, temporalClient } from '../../support/stack';

// The built stack: its child processes are started from dist/.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { startStack } = require('../../../dist/stack') as { startStack: typeof StartStack };
// eslint-disable-next-line @typescript-eslint/no-require-imports
const timing = require('../../support/short-timing.cjs') as Record<string, string>;

describe('a cluster of the oldest supported release', () => {
  const servers = stackJson();
  const home = join(dirname(process.env['KALPA_TEST_STACK'] ?? ''), 'old');
  let client: Client;
  let old: RunningStack;
  let source: string;

  beforeAll(async () => {
    rmSync(home, { recursive: true, force: true });
    client = await temporalClient(servers);
    old = await startStack({ home, cluster: 'old', dialect: '2.6', servers, timing, prefix: servers.s3.prefix });
    source = await newDatabase(old.json, 'shop', SMALL);
  }, 90_000);
  afterAll(async () => {
    await client.connection.close();
    await old.stop();
  }, 90_000);

  it('backs up and restores with the same content', async () => {
    const inspected = (await (await start(client, 'inspectCluster', {}, 'old')).result()) as InspectClusterResult;
    expect(inspected).toMatchObject({ cluster: 'old', dialect: '2.6' });
    expect(inspected.problems).toEqual([expect.stringContaining(`ysql.${source} has neither a backup`)]);
    const made = await start(client, 'backUpDatabase', { database: `ysql.${source}`, fingerprint: 'full' }, 'old');
    const backup = (await made.result()) as BackUpDatabaseResult;
    expect(backup).toMatchObject({ tables: 2 });
    expect(backup.warnings).toBeUndefined();
    const input = { backup: backup.backupId, as: 'shop_copy', verify: 'full' };
    const restore = (await (await start(client, 'restoreDatabase', input, 'old')).result()) as RestoreDatabaseResult;
    expect(restore.verified).toMatchObject({ level: 'full', tablesChecked: 2, rowsChecked: 2500 });
    expect(await contentOf(old.json.ysql, 'shop_copy')).toEqual(await contentOf(old.json.ysql, source));
    expect(await schemaOf(old.json.ysql, 'shop_copy')).toEqual(await schemaOf(old.json.ysql, source));
    const added = "INSERT INTO customers (name) VALUES ('next') RETURNING id";
    const { rows } = await withSql(old.json.ysql, 'shop_copy', async (sql) => await sql.query(added));
    expect(rows).toEqual([{ id: 501 }]);
    expect(await leftovers(old.json, 'old')).toEqual([]);
  }, 90_000);

  it('45: refuses a backup of a newer release, and a newer cluster takes its backup', async () => {
    const modern = await newDatabase(servers, 'modern', SMALL);
    const made = await start(client, 'backUpDatabase', { database: `ysql.${modern}` });
    const { backupId } = (await made.result()) as BackUpDatabaseResult;
    const tooNew = { backup: backupId, fromCluster: 'demo', as: 'too_new' };
    const refused = await failureOf(await start(client, 'restoreDatabase', tooNew, 'old'));
    expect(refused.type).toBe('IncompatibleVersion');
    expect(refused.message).toMatch(/2025\.1.*2\.6.*Restore into a cluster of that version or newer/);
    expect(await leftovers(old.json, 'old')).toEqual([]);

    const as = `from_old_${process.pid}`;
    const upward = { backup: { database: `ysql.${source}` }, fromCluster: 'old', as };
    await (await start(client, 'restoreDatabase', upward)).result();
    expect(await contentOf(servers.ysql, as)).toEqual(await contentOf(old.json.ysql, source));
  }, 90_000);

  /** A queue, where a job comes before the snapshot and goes after it: counted before and after, it looks untouched. */
  const queue = (quiet: string): string =>
    `CREATE TABLE jobs (id int PRIMARY KEY, what text); INSERT INTO jobs SELECT n, 'job ' || n FROM generate_series(1, 10) n;
     CREATE TABLE ${quiet} (id int PRIMARY KEY, what text); INSERT INTO ${quiet} SELECT n, 'row ' || n FROM generate_series(1, 5) n`;
  const QUIET = `quiet_${process.pid}`;

  it('22.8: a queue whose digest is the same again is no proof where a cluster cannot read the past, and exact where it can', async () => {
    const level = 'full';
    for (const [json, cluster] of [
      [old.json, 'old'],
      [servers, 'demo'],
    ] as const) {
      const past = cluster === 'demo';
      const database = await newDatabase(json, `queue_${level}`, queue(QUIET));
      const during = { name: 'sql', database, times: 1 };
      await arm(json, { ...during, command: 'create_database_snapshot', sql: "INSERT INTO jobs VALUES (11, 'new')" });
      await arm(json, { ...during, command: 'export_snapshot', sql: 'DELETE FROM jobs WHERE id = 11' });
      const made = await start(client, 'backUpDatabase', { database: `ysql.${database}`, fingerprint: level }, cluster);
      const { backupId } = (await made.result()) as BackUpDatabaseResult;
      expect((await contentOf(json.ysql, database))['public.jobs']?.rows).toBe(10);

      const restored = async (as: string) =>
        await start(client, 'restoreDatabase', { backup: backupId, as, verify: level }, cluster);
      const as = `queue_${level}_of_${cluster}`;
      const result = (await (await restored(as)).result()) as RestoreDatabaseResult;
      expect((await contentOf(json.ysql, as))['public.jobs']?.rows).toBe(11);
      expect(result.verified).toMatchObject({ tablesChecked: past ? 2 : 1, rowsChecked: past ? 16 : 5 });
      expect(result.warnings).toEqual(
        past
          ? undefined
          : [
              expect.stringMatching(
                /^public\.jobs has 11 rows, and the backup recorded 10\. This need not be an error: rows may/,
              ),
            ],
      );

      // A row that is really lost is still found: of a table that was quiet, and of one that was read as of the
      // snapshot.
      const table = past ? 'jobs' : QUIET;
      await loseARow(json.ysql, table);
      const failure = await failureOf(await restored(`${as}_lost`)).finally(async () => {
        await repairTemplate(json.ysql);
      });
      expect(failure).toMatchObject({ type: 'VerificationFailed' });
      expect(failure.message).toMatch(new RegExp(`public\\.${table} has \\d+ rows, and the backup recorded`));
      for (const [kept] of failure.message.matchAll(/kalpa_[0-9a-f]{12}/g))
        await withSql(json.ysql, 'yugabyte', async (sql) => await sql.query(`DROP DATABASE IF EXISTS ${kept}`));
      expect(await leftovers(json, cluster)).toEqual([]);
    }
  }, 180_000);

  it('24.9: a database with a schedule is dropped and created again: the schedule passes for no protection of the new one', async () => {
    const name = await newDatabase(old.json, 'ledger', SMALL);
    const database = `ysql.${name}`;
    const every = { every: '1 minute', keep: '30 minutes' };
    const enable = async () =>
      (await (
        await start(client, 'enablePointInTimeRecovery', { database, ...every }, 'old')
      ).result()) as EnablePointInTimeRecoveryResult;
    const inspected = async () => {
      const found = (await (await start(client, 'inspectCluster', {}, 'old')).result()) as InspectClusterResult;
      return { ...found, own: found.databases.find((one) => one.database === database) };
    };
    const dead = await enable();
    expect((await enable()).scheduleId).toBe(dead.scheduleId);
    expect((await inspected()).own?.pointInTimeRecovery).toMatchObject({ scheduleId: dead.scheduleId });

    const statement = async (text: string, of = 'yugabyte') =>
      await withSql(old.json.ysql, of, async (sql) => await sql.query(text));
    await statement(`DROP DATABASE ${name} WITH (FORCE)`);
    const orphaned = await inspected();
    expect(orphaned.goneSchedules).toMatchObject([{ scheduleId: dead.scheduleId, database }]);
    await statement(`CREATE DATABASE ${name}`);
    await statement(SMALL, name);

    const anew = await inspected();
    expect(anew.own).toMatchObject({ recoverable: [] });
    expect(anew.own?.pointInTimeRecovery).toBeUndefined();
    expect(anew.problems.join('\n')).toMatch(/was dropped: the one that has the name now has no snapshot schedule/);
    const rewind = { database, ago: '1s', confirmDataLoss: database };
    const refused = await failureOf(await start(client, 'recoverToPointInTime', rewind, 'old'));
    expect(refused.type).toBe('OutsideRecoveryWindow');
    expect(refused.message).toContain(
      `the snapshot schedule ${dead.scheduleId} belongs to a dropped database of that name`,
    );

    const own = await enable();
    expect(own.scheduleId).not.toBe(dead.scheduleId);
    expect(own.warnings?.join()).toContain(
      `Snapshot schedule ${dead.scheduleId} belongs to a dropped database ${database}`,
    );
    const before = await contentOf(old.json.ysql, name);
    const { rows } = await statement('SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS now');
    await statement('DELETE FROM orders', name);
    const to = String((rows as { now: string }[])[0]?.now);
    await (await start(client, 'recoverToPointInTime', { database, to, confirmDataLoss: database }, 'old')).result();
    expect(await contentOf(old.json.ysql, name)).toEqual(before);
  }, 120_000);
});
