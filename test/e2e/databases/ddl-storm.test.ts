import type { BackUpDatabaseResult } from '../../../src/contract';
import { leftovers } from '../../support/cluster/cluster-state';
import { DdlStorm, shapeOf } from '../../support/cluster/ddl-storm';
import { onCluster, type FaultCluster } from '../../support/cluster/fault-cluster';
import { FULL } from '../../support/matrix';
import { withSql } from '../../support/cluster/sql';
import { failureOf, until } from '../../support/stack';

/**
 * Transactions of several statements from 2026.1 on, where they are so by default; before, each statement for itself.
 */
const RELEASES = FULL ? (['2.6', '2.14', '2025.1', '2026.1'] as const) : (['2026.1'] as const);
/** The stand-in is slow among DDL, and a reply that comes late is no subject here. */
const PATIENT = { rpcTimeout: '30s' };
const KEPT =
  'CREATE TABLE kept (id int PRIMARY KEY, what text); INSERT INTO kept SELECT n, n FROM generate_series(1, 30) n';

/** The moment that a backup names, µs. */
const momentOf = ({ recoveryPoint }: BackUpDatabaseResult): bigint =>
  BigInt(Date.parse(`${recoveryPoint.slice(0, 19)}Z`)) * 1000n + BigInt(recoveryPoint.slice(20, 26));

/** Restores it beside, and holds the copy against what stood at its moment. */
async function expectMoment(
  cluster: FaultCluster,
  backup: BackUpDatabaseResult,
  { storm, as }: { storm: DdlStorm; as: string },
): Promise<void> {
  await cluster.run('restoreDatabase', { backup: backup.backupId, as, verify: 'counts' });
  const found = await shapeOf(cluster.json.ysql, as);
  expect([backup.recoveryPoint, found, storm.couldStandAt(found, momentOf(backup))]).toEqual([
    backup.recoveryPoint,
    found,
    true,
  ]);
  expect((await cluster.content(as))['public.kept']).toMatchObject({ rows: 30 });
}

describe.each(RELEASES)('YugabyteDB %s', (dialect) => {
  /** It dumps the schema as of the snapshot, too. */
  const transactions = dialect === '2026.1';

  if (transactions)
    it('24.10: under DDL without end a backup is of the moment of its snapshot', async () => {
      await onCluster({ dialect, timing: PATIENT }, async (cluster) => {
        const database = await cluster.database('stormy', KEPT);
        const storm = new DdlStorm(cluster.ysql, database.slice(5), { sessions: 2, transactions });
        const backup = await cluster.run<BackUpDatabaseResult>('backUpDatabase', { database });
        const during = storm.commits;
        await until('it continues', () => storm.commits > during);
        await storm.end();
        await expectMoment(cluster, backup, { storm, as: 'calm' });
        expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
      });
    }, 480_000);
  else
    it('24.10: under DDL without end no backup is made and nothing is left; when it ends, one of a single moment is', async () => {
      await onCluster({ dialect, timing: PATIENT }, async (cluster) => {
        const database = await cluster.database('stormy', KEPT);
        const storm = new DdlStorm(cluster.ysql, database.slice(5), { sessions: 2, transactions });
        const refused = await cluster.start('backUpDatabase', { database });
        const failure = await failureOf(refused);
        expect(`${failure.type}: ${failure.message}`).toMatch(/^SchemaChanging: /);
        expect(storm.commits).toBeGreaterThan(5);
        expect(await leftovers(cluster.json, cluster.name)).toEqual([]);

        const before = new Set((await cluster.status()).snapshots.map(({ id }) => id));
        const seen = new Set<string>();
        const run = await cluster.start('backUpDatabase', { database });
        await until('a snapshot is taken again', async () => {
          for (const { id } of (await cluster.status()).snapshots) if (!before.has(id)) seen.add(id);
          return seen.size > 1;
        });
        await storm.end();
        const backup = (await run.result()) as BackUpDatabaseResult;
        expect(backup.warnings?.join()).toMatch(/The snapshot was taken again: /);
        await expectMoment(cluster, backup, { storm, as: 'calm' });
        expect(await cluster.backupStates(database)).toEqual(['failed', 'committed']);
        expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
      });
    }, 480_000);

  if (FULL)
    it('24.10: with DDL now and then, each backup is of its moment or is refused', async () => {
      await onCluster({ dialect, timing: PATIENT }, async (cluster) => {
        const database = await cluster.database('showers', KEPT);
        const began = Date.now();
        await cluster.run('backUpDatabase', { database });
        const calmMs = Date.now() - began; // so the showers fit any machine
        let n = 0;
        const pauseMs = (): number => ([0.01, 0.2, 0.7, 3][(n += 1) % 4] ?? 0) * calmMs;
        const storm = new DdlStorm(cluster.ysql, database.slice(5), { sessions: 2, transactions, pauseMs });
        const ends: string[] = [];
        for (let round = 1; round <= 3; round += 1) {
          const run = await cluster.start('backUpDatabase', { database });
          const ended = await run.result().then(
            (backup) => backup as BackUpDatabaseResult,
            async () => await failureOf(run),
          );
          if ('backupId' in ended) await expectMoment(cluster, ended, { storm, as: `round_${round}` });
          ends.push('backupId' in ended ? 'committed' : ended.type);
        }
        await storm.end();
        // A table that is dropped takes its part of a snapshot with it until 2024.2.
        const refusals = ['SchemaChanging', ...(/^2\./.test(dialect) ? ['SnapshotFilesMissing'] : [])];
        expect(ends.filter((end) => end !== 'committed' && !refusals.includes(end))).toEqual([]);
        expect(ends).toContain('committed');
        expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
      });
    }, 900_000);

  if (transactions)
    it('24.10: DDL of a transaction that is rolled back is not in the backup, and does not disturb it', async () => {
      await onCluster({ dialect, timing: PATIENT }, async (cluster) => {
        const database = await cluster.database('undone', KEPT);
        await withSql(cluster.ysql, database.slice(5), async (client) => {
          await client.query('BEGIN; CREATE TABLE s1_1 AS SELECT 1 AS id; ALTER TABLE kept ADD COLUMN more int');
          const run = await cluster.start('backUpDatabase', { database });
          await until('the snapshot is taken', async () =>
            (await cluster.status()).snapshots.some(({ state }) => state === 'COMPLETE'),
          );
          await client.query('ROLLBACK');
          const backup = (await run.result()) as BackUpDatabaseResult;
          expect(backup.warnings ?? []).toEqual([]);
          await cluster.run('restoreDatabase', { backup: backup.backupId, as: 'whole', verify: 'full' });
          expect(await shapeOf(cluster.json.ysql, 'whole')).toEqual({});
          expect(await cluster.content('whole')).toEqual(await cluster.content(database.slice(5)));
        });
        expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
      });
    }, 120_000);

  if (transactions)
    it('24.10: DDL of a transaction is seen, and moves the catalog version, at its commit', async () => {
      await onCluster({ dialect, timing: PATIENT }, async (cluster) => {
        const name = (await cluster.database('whole', KEPT)).slice(5);
        const { ysql } = cluster.json;
        const version = async (): Promise<string> => await cluster.ybAdmin('ysql_catalog_version', `ysql.${name}`);
        const tables = async (): Promise<string[]> => Object.keys(await shapeOf(ysql, name)).sort();
        const first = await version();
        await withSql(ysql, name, async (client) => {
          await client.query('BEGIN; CREATE TABLE s1_1 AS SELECT 1 AS id; ALTER TABLE s1_1 ADD COLUMN what text');
          expect([await tables(), await version()]).toEqual([[], first]);
          await client.query('ROLLBACK');
          expect([await tables(), await version()]).toEqual([[], first]);
          await client.query(
            'BEGIN; CREATE TABLE s1_2 AS SELECT 1 AS id, $$s1_2$$ AS what; ALTER TABLE kept ADD COLUMN more int; COMMIT',
          );
          expect(await tables()).toEqual(['s1_2']);
          expect(await version()).not.toBe(first);
        });
      });
    }, 120_000);
});
