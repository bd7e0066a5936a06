import { contentOf, withSql } from '../support/cluster/sql';
import { EmulatedCluster } from './emulated-cluster';
import { restoreAs, takeSnapshot } from './snapshot-cycle';

let cluster: EmulatedCluster;
beforeAll(async () => {
  cluster = await EmulatedCluster.start('2025.1');
});
afterAll(async () => {
  await cluster.stop();
});

async function inDatabase(database: string, ...statements: string[]): Promise<void> {
  await withSql(cluster.address, database, async (sql) => {
    for (const statement of statements) await sql.query(statement);
  });
}

/** Each one is flushed apart, so that rows of several layouts stand in several files. */
const CHAPTERS: readonly string[][] = [
  [
    'CREATE TABLE keyed (id int PRIMARY KEY, a text, b int)',
    "INSERT INTO keyed SELECT i, 'a' || i, i FROM generate_series(1, 50) i",
    'CREATE TABLE keyless (a text, b int)',
    "INSERT INTO keyless SELECT 'same', 1 FROM generate_series(1, 7)",
    "INSERT INTO keyless VALUES (NULL, NULL), ('', 2), (E'tab\\t\"quote\"\\\\', 3)",
    'CREATE TABLE wide (id int PRIMARY KEY, long text, n int)',
    "INSERT INTO wide SELECT i, (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 300)), 0 FROM generate_series(1, 20) i",
    'CREATE MATERIALIZED VIEW stale AS SELECT id, a FROM keyed WHERE id < 10',
    'CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS one WITH NO DATA',
    'CREATE TABLE retyped (id int PRIMARY KEY, v text)',
    'INSERT INTO retyped SELECT i, i::text FROM generate_series(1, 30) i',
  ],
  [
    "ALTER TABLE keyed ADD COLUMN c text DEFAULT 'deflt, \"q\"', ADD COLUMN d int[] DEFAULT '{1,2}'",
    "UPDATE keyed SET c = 'new' WHERE id % 5 = 0",
    'UPDATE keyed SET id = id + 1000 WHERE id % 7 = 0',
    "DELETE FROM keyless WHERE ctid IN (SELECT ctid FROM keyless WHERE a = 'same' LIMIT 2)",
    'UPDATE wide SET n = n + 1 WHERE id % 2 = 0',
    "INSERT INTO keyed (id, a) VALUES (5000, 'after the view')",
    'ALTER TABLE retyped ALTER COLUMN v TYPE bigint USING v::bigint * 10',
    'CREATE SCHEMA "odd ""schema"""',
    'CREATE TABLE "odd ""schema"""."odd, ""table""" AS SELECT i AS "a, ""b""", NULL::text AS "ü" FROM generate_series(1, 12) i',
  ],
  [
    'ALTER TABLE keyed DROP COLUMN b',
    'ALTER TABLE keyed RENAME COLUMN a TO renamed',
    'ALTER TABLE keyed ADD COLUMN b boolean DEFAULT true',
    'DELETE FROM keyed WHERE id = 3',
    'ALTER TABLE keyless RENAME TO nameless',
    "ALTER TABLE nameless ADD COLUMN extra date DEFAULT '2026-01-01'",
    "DELETE FROM nameless WHERE ctid IN (SELECT ctid FROM nameless WHERE a = 'same' LIMIT 1)",
    "BEGIN; INSERT INTO nameless VALUES ('rolled back', 9); ROLLBACK",
    "BEGIN; SAVEPOINT s; INSERT INTO nameless VALUES ('undone', 9); ROLLBACK TO s; INSERT INTO nameless VALUES ('kept', 9); COMMIT",
    'ALTER TABLE retyped DROP CONSTRAINT retyped_pkey',
    'ALTER TABLE retyped ADD PRIMARY KEY (v)',
    'UPDATE retyped SET id = -id WHERE v > 200',
    'CREATE TABLE parted (k int, v text) PARTITION BY LIST (k)',
    'CREATE TABLE standalone (k int, v text)',
    "INSERT INTO standalone VALUES (1, 'one'), (1, 'uno')",
    'ALTER TABLE parted ATTACH PARTITION standalone FOR VALUES IN (1)',
    "INSERT INTO parted VALUES (1, 'eins')",
    'CREATE INDEX ON parted (v)',
    'ALTER SCHEMA "odd ""schema""" RENAME TO plain_schema',
    'CREATE TABLE emptied AS SELECT i FROM generate_series(1, 5) i',
  ],
  [
    'TRUNCATE emptied',
    'INSERT INTO emptied VALUES (42)',
    'CREATE TABLE gone (a int)',
    'INSERT INTO gone VALUES (1)',
    'DROP TABLE gone',
  ],
];

it('keeps every row through changes of layout, key, name and storage', async () => {
  await inDatabase('yugabyte', 'CREATE DATABASE lab');
  for (const statements of CHAPTERS) {
    await inDatabase('lab', ...statements);
    await cluster.admin('list_tables'); // brings the tablet files up to date
  }
  const snapshot = await takeSnapshot(cluster, 'ysql.lab');
  const before = await contentOf(cluster.address, 'lab').catch(() => undefined);
  expect(before).toBeUndefined(); // a view that was never filled can't be read
  await inDatabase('lab', 'REFRESH MATERIALIZED VIEW unfilled');
  const filled = await contentOf(cluster.address, 'lab');
  expect(filled['public.stale']?.rows).toBe(9);

  await restoreAs(cluster, { database: 'lab', snapshot }, 'lab_again');
  const restored = await contentOf(cluster.address, 'lab_again');
  expect({ ...restored, 'public.unfilled': filled['public.unfilled'] }).toEqual(filled);
  expect(restored['public.unfilled']?.rows).toBe(0);
  const schemas = await Promise.all(
    ['lab', 'lab_again'].map(async (name) => await cluster.run('ysql_dump', ['--schema-only', '-d', name])),
  );
  const [original = '', again] = schemas.map(({ stdout }) => stdout.replaceAll(/^\\(?:un)?restrict .*$/gm, ''));
  expect(again).toBe(original);
});

it('gives a rewritten table another id, and a plain CREATE TABLE moves no catalog version', async () => {
  await inDatabase('yugabyte', 'CREATE DATABASE versions');
  const idOf = async (name: string): Promise<string | undefined> =>
    new RegExp(`^versions\\.${name} \\[ysql_schema=public\\] \\[\\w+\\] (\\S+)$`, 'm').exec(
      await cluster.admin('list_tables', 'include_table_id'),
    )?.[1];
  const versions = async (): Promise<string[]> => {
    const { own } = await withSql(cluster.address, 'versions', async (sql) => {
      const { rows } = await sql.query<{ own: string }>(
        'SELECT current_version::text AS own FROM pg_yb_catalog_version v JOIN pg_database d ON d.oid = v.db_oid WHERE d.datname = current_database()',
      );
      return { own: rows[0]?.own ?? '' };
    });
    return [own, await cluster.admin('ysql_catalog_version')];
  };
  const first = await versions();
  expect(first[0]).toBe('1');
  await inDatabase('versions', 'CREATE TABLE t (id serial PRIMARY KEY, v int)');
  expect(await versions()).toEqual(first);
  const before = await idOf('t');
  await inDatabase('versions', 'ALTER TABLE t ALTER COLUMN v TYPE text');
  expect(await idOf('t')).not.toBe(before);
  expect((await versions())[0]).toBe('2');
  const [, number = ''] = await versions();
  await inDatabase('versions', 'CREATE INDEX ON t (v)');
  expect((await versions())[1]).not.toBe(number);
});

it('takes a snapshot of one moment: a transaction is in it whole or not at all', async () => {
  await inDatabase('yugabyte', 'CREATE DATABASE bank');
  await inDatabase(
    'bank',
    'CREATE TABLE ledger (account int PRIMARY KEY, balance int NOT NULL)',
    'INSERT INTO ledger SELECT i, 100 FROM generate_series(1, 20) i',
  );
  let writing = true;
  const writer = withSql(cluster.address, 'bank', async (sql) => {
    for (let i = 0; writing; i += 1) {
      await sql.query('BEGIN');
      await sql.query('UPDATE ledger SET balance = balance - 5 WHERE account = $1', [1 + (i % 20)]);
      await sql.query('UPDATE ledger SET balance = balance + 5 WHERE account = $1', [1 + ((i * 7 + 3) % 20)]);
      await sql.query('COMMIT');
    }
  });
  try {
    for (const round of [1, 2, 3]) {
      const snapshot = await takeSnapshot(cluster, 'ysql.bank');
      await restoreAs(cluster, { database: 'bank', snapshot, tserver: round - 1 }, `bank_${round}`);
      await withSql(cluster.address, `bank_${round}`, async (sql) => {
        const { rows } = await sql.query<{ sum: string; count: string }>(
          'SELECT sum(balance)::text, count(*)::text FROM ledger',
        );
        expect(rows[0]).toEqual({ sum: '2000', count: '20' });
      });
    }
  } finally {
    writing = false;
    await writer;
  }
});

it('puts nothing of its own into a dump', async () => {
  await inDatabase('yugabyte', 'CREATE DATABASE clean');
  await inDatabase(
    'clean',
    "CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t VALUES (1, 'ALTER TABLE ONLY x REPLICA IDENTITY FULL;')",
  );
  const { stdout, stderr } = await cluster.run('ysql_dump', ['-d', 'clean', '--create']);
  expect(stderr).toBe('');
  expect(stdout).toContain('CREATE TABLE public.t');
  expect(stdout).toContain('1\tALTER TABLE ONLY x REPLICA IDENTITY FULL;\n');
  expect(stdout).not.toMatch(/emulator|EVENT TRIGGER|PUBLICATION|pg_yb|^ALTER TABLE .* REPLICA IDENTITY/im);
  const all = await cluster.run('ysql_dumpall', ['--roles-only', '--no-role-passwords']);
  expect(all).toMatchObject({ code: 0, stderr: '' });
  expect(all.stdout).toContain('CREATE ROLE yugabyte;');
});
