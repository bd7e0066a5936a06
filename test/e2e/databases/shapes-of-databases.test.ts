import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BackUpDatabaseResult, DumpDatabaseResult, RestoreDatabaseResult } from '../../../src/contract';
import { leftovers } from '../../support/cluster/cluster-state';
import { onCluster, type FaultCluster } from '../../support/cluster/fault-cluster';
import { momentAfter } from '../../support/cluster/recovery';
import { failureOf } from '../../support/stack';
import { contentOf, schemaOf, withSql } from '../../support/cluster/sql';

/** `npm test` has the newest shape of each; the oldest release that has it is in `npm run test:full`. */
const FULL = process.env['KALPA_TEST_FULL'] === '1';

const TOGETHER = `
  CREATE TABLE customers (id serial PRIMARY KEY, name text UNIQUE);
  INSERT INTO customers (name) SELECT 'Customer ' || i FROM generate_series(1, 300) i;
  CREATE TABLE orders (id integer PRIMARY KEY, customer integer REFERENCES customers (id), total numeric);
  INSERT INTO orders SELECT i, 1 + i % 300, i / 7.0 FROM generate_series(1, 500) i;
  CREATE INDEX orders_by_customer ON orders (customer ASC, total DESC);
  CREATE TABLE no_key (what text);
  INSERT INTO no_key SELECT 'event ' || i % 20 FROM generate_series(1, 100) i;
  CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total) AS total FROM orders GROUP BY 1;
  UPDATE orders SET total = total + 1 WHERE id % 3 = 0`;

/**
 * Statements of YSQL, as people say them: the tests' own connections are PostgreSQL's, which does not know its clauses.
 */
async function ysqlsh({ json: { tools, ysql } }: FaultCluster, database: string, text: string): Promise<void> {
  const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', text];
  const env = { ...process.env, ...(ysql.password === undefined ? {} : { PGPASSWORD: ysql.password }) };
  await promisify(execFile)(join(tools, 'ysqlsh'), args, { env });
}

/**
 * Backs a database up, restores it beside itself and expects the same content and schema. `warned`: what the restore
 * says.
 */
async function comesBack(cluster: FaultCluster, name: string, warned: string[] = []): Promise<BackUpDatabaseResult> {
  const { ysql } = cluster.json;
  const backup = await cluster.backUp(`ysql.${name}`, { fingerprint: 'full' });
  expect(backup.warnings).toBeUndefined();
  const before = await contentOf(ysql, name);
  await withSql(ysql, name, async (sql) => await sql.query('DELETE FROM orders WHERE id < 100'));
  const as = `${name}_copy`;
  const input = { backup: backup.backupId, as, verify: 'full' };
  const restored = await cluster.run<RestoreDatabaseResult>('restoreDatabase', input);
  expect(restored.warnings ?? []).toEqual(warned);
  expect(restored.verified).toMatchObject({ level: 'full', tablesChecked: backup.tables });
  expect(await contentOf(ysql, as)).toEqual(before);
  const { sequences: _, ...schema } = await schemaOf(ysql, name);
  expect(await schemaOf(ysql, as)).toMatchObject(schema);
  expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
  return backup;
}

const enable = { every: '1 minute', keep: '1 hour' };

/** A copy of a moment beside it, then a rewind in place: both have what stood then. */
async function goesBack(cluster: FaultCluster, name: string): Promise<void> {
  const { ysql } = cluster.json;
  const database = `ysql.${name}`;
  await cluster.run('enablePointInTimeRecovery', { database, ...enable });
  const before = await contentOf(ysql, name);
  const to = await momentAfter(cluster);
  await withSql(ysql, name, async (sql) => {
    await sql.query('DELETE FROM orders WHERE id % 2 = 0; INSERT INTO no_key SELECT $$late$$');
  });
  const as = `${name}_then`;
  await cluster.run('recoverToPointInTime', { database, to, as });
  expect(await contentOf(ysql, as)).toEqual(before);
  const { sequences: _, ...schema } = await schemaOf(ysql, name);
  expect(await schemaOf(ysql, as)).toMatchObject(schema);
  await cluster.run('recoverToPointInTime', { database, to, confirmDataLoss: database });
  expect(await contentOf(ysql, name)).toEqual(before);
  await cluster.run('disablePointInTimeRecovery', { database });
}

async function hasNoMoments(cluster: FaultCluster, name: string, why: RegExp): Promise<void> {
  const refused = await failureOf(
    await cluster.start('enablePointInTimeRecovery', { database: `ysql.${name}`, ...enable }),
  );
  expect(refused.type === 'IncompatibleVersion' ? refused.message : `${refused.type}: ${refused.message}`).toMatch(why);
  expect(await cluster.ybAdmin('list_snapshot_schedules')).not.toContain('"id"');
}

/** Old masters take no snapshot of a database with tablegroups (#11632); a dump of it is loaded as `grouped_copy`. */
async function isDumpedAlone(cluster: FaultCluster, release: string): Promise<void> {
  const refused = await failureOf(await cluster.start('backUpDatabase', { database: 'ysql.grouped' }));
  expect(refused).toMatchObject({
    type: 'IncompatibleVersion',
    message: expect.stringMatching(/^ysql\.grouped has tablegroups, .*#11632.*kalpa dump ysql\.grouped/s) as string,
  });
  expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
  const dump = await cluster.run<DumpDatabaseResult>('dumpDatabase', { database: 'ysql.grouped' });
  const lost = [expect.stringMatching(/leaves tablegroups out .*#10168.* empty_shelf, shelf come back outside/)];
  expect(dump.warnings).toEqual(release === '2.6' ? lost : undefined);
  await cluster.run('loadDump', { dump: dump.dumpId, as: 'grouped_copy' });
  expect(await contentOf(cluster.json.ysql, 'grouped_copy')).toEqual(await contentOf(cluster.json.ysql, 'grouped'));
}

/** Splits, orders, partitions and places tables in every way that YSQL has. */
const APART = `
  CREATE TABLE orders (id integer, v text, PRIMARY KEY (id HASH)) SPLIT INTO 5 TABLETS;
  INSERT INTO orders SELECT i, 'v' || i FROM generate_series(1, 200) i;
  CREATE TABLE by_range (id integer, kind text, v text, PRIMARY KEY (id ASC, kind ASC)) SPLIT AT VALUES ((-5), (50, 'm'), (100));
  INSERT INTO by_range SELECT i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'z' END, 'v' FROM generate_series(-20, 150) i;
  CREATE INDEX by_range_v ON by_range (v HASH) SPLIT INTO 2 TABLETS;
  CREATE TABLE no_key (what text); INSERT INTO no_key SELECT 'same' FROM generate_series(1, 9);
  CREATE TABLE placed (id integer PRIMARY KEY) TABLESPACE zone_one; INSERT INTO placed VALUES (1), (2);
  CREATE TABLE days (device integer NOT NULL, taken date NOT NULL, v integer, PRIMARY KEY (device HASH, taken ASC)) PARTITION BY RANGE (taken);
  CREATE TABLE days_2025 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE TABLE days_else PARTITION OF days DEFAULT;
  INSERT INTO days SELECT i % 5, date '2025-10-01' + i, i FROM generate_series(1, 200) i;
  CREATE INDEX days_by_v ON days (v);
  CREATE MATERIALIZED VIEW sums AS SELECT device, sum(v) AS v FROM days GROUP BY 1;
  CREATE UNIQUE INDEX sums_by_device ON sums (device);`;
const GROUPED = `
  CREATE TABLEGROUP shelf; CREATE TABLEGROUP empty_shelf;
  CREATE TABLE in_group (id integer PRIMARY KEY, v text) TABLEGROUP shelf; INSERT INTO in_group SELECT i, 'v' || i FROM generate_series(1, 40) i;
  CREATE TABLE also_in_group (id integer PRIMARY KEY, of integer REFERENCES in_group (id)) TABLEGROUP shelf; INSERT INTO also_in_group SELECT i, i FROM generate_series(1, 30) i;
  CREATE INDEX in_group_by_v ON in_group (v);`;
const VECTORS = `
  CREATE EXTENSION vector; CREATE TABLE embedded (id integer PRIMARY KEY, v vector(3));
  INSERT INTO embedded SELECT i, ARRAY[i, 1, 2]::real[]::vector FROM generate_series(1, 30) i;
  CREATE INDEX embedded_by_v ON embedded USING ybhnsw (v vector_l2_ops)`;
const PLACEMENT = `{"num_replicas": 1, "placement_blocks": [{"cloud": "local", "region": "local", "zone": "local1", "min_num_replicas": 1}]}`;

describe.each([
  { dialect: '2025.1', colocated: 'colocation', vectors: true },
  ...(FULL
    ? ([
        { dialect: '2.6', colocated: 'colocated', vectors: false },
        { dialect: '2.14', colocated: 'colocated', vectors: false },
      ] as const)
    : []),
] as const)('shapes of databases in $dialect', ({ dialect, colocated, vectors }) => {
  it('come back as they were: colocated (24.8); split, partitioned, grouped, placed (24.8); with a vector index (24.5)', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const { ysql } = cluster.json;
      const query = async (database: string, text: string) =>
        (await withSql(ysql, database, async (sql) => await sql.query<Record<string, unknown>>(text))).rows;
      const tabletsOf = async (database: string, table: string) =>
        (await cluster.ybAdmin('list_tablets', `ysql.${database}`, table, '0')).trim().split('\n').slice(1);

      await ysqlsh(cluster, 'yugabyte', `CREATE DATABASE together WITH ${colocated} = true`);
      await ysqlsh(cluster, 'together', TOGETHER);
      await ysqlsh(
        cluster,
        'together',
        `CREATE TABLE alone (id integer PRIMARY KEY) WITH (${colocated} = false) SPLIT INTO 2 TABLETS`,
      );
      await query('together', `INSERT INTO alone SELECT generate_series(1, 40)`);
      await comesBack(cluster, 'together');
      expect(await query('together_copy', 'SELECT yb_is_database_colocated() AS colocated')).toEqual([
        { colocated: true },
      ]);
      expect(await tabletsOf('together_copy', 'orders')).toHaveLength(1);
      expect(await tabletsOf('together_copy', 'orders')).toEqual(await tabletsOf('together_copy', 'totals'));
      expect(await tabletsOf('together_copy', 'alone')).toHaveLength(2);

      if (dialect === '2.6') await hasNoMoments(cluster, 'together', /is colocated, .*#8259/);
      else await goesBack(cluster, 'together');

      await query('yugabyte', 'CREATE DATABASE apart');
      await ysqlsh(cluster, 'yugabyte', `CREATE TABLESPACE zone_one WITH (replica_placement='${PLACEMENT}')`);
      const grouped = vectors ? 'apart' : 'grouped'; // a snapshot of a database with tablegroups is refused before 2.16
      if (!vectors) await query('yugabyte', 'CREATE DATABASE grouped');
      await ysqlsh(cluster, 'apart', `${APART}${vectors ? VECTORS : ''}`);
      await ysqlsh(cluster, grouped, GROUPED);
      const inC = expect.stringMatching(/: vector \(\d+ in C, \$libdir\/vector\)/) as string;
      await comesBack(cluster, 'apart', vectors ? [inC] : []);
      const counts = ['orders', 'by_range', 'by_range_v', 'no_key', ...(vectors ? ['in_group', 'embedded_by_v'] : [])];
      const numbers = async (database: string) =>
        await Promise.all(counts.map(async (table) => (await tabletsOf(database, table)).length));
      expect(await numbers('apart')).toEqual([5, 4, 2, 3, ...(vectors ? [1, 3] : [])]);
      expect(await numbers('apart_copy')).toEqual(await numbers('apart'));
      expect(await query('apart_copy', `SELECT tablespace FROM pg_tables WHERE tablename = 'placed'`)).toEqual([
        { tablespace: 'zone_one' },
      ]);
      if (!vectors) {
        await hasNoMoments(cluster, 'apart', /ysql\.grouped has tablegroups, .*#11924/);
        await isDumpedAlone(cluster, dialect);
      }
      const kept = dialect !== '2.6';
      expect(
        await query(`${grouped}_copy`, `SELECT grpname FROM ${kept ? 'pg_yb_tablegroup' : 'pg_tablegroup'} ORDER BY 1`),
      ).toEqual(kept ? [{ grpname: 'empty_shelf' }, { grpname: 'shelf' }] : []);
      const tablets = await tabletsOf(`${grouped}_copy`, 'in_group');
      const together = JSON.stringify(tablets) === JSON.stringify(await tabletsOf(`${grouped}_copy`, 'also_in_group'));
      expect([tablets.length, together]).toEqual([1, kept]);
      if (vectors) {
        expect(
          await query(
            'apart_copy',
            `SELECT indisvalid, indisready FROM pg_index WHERE indexrelid = 'embedded_by_v'::regclass`,
          ),
        ).toEqual([{ indisvalid: true, indisready: true }]);
        expect(await tabletsOf('apart_copy', 'embedded_by_v')).toEqual(await tabletsOf('apart_copy', 'embedded'));
      }
    });
  }, 480_000);
});
