import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import {
  DumpRefused,
  needsOfDump,
  openYugabyte,
  quoteIdentifier,
  relationsOfDump,
  rewriteDump,
  SqlFailed,
  type Yugabyte,
} from '../../../src/yugabyte';
import { until } from '../../support/stack';
import { runDump } from './run-dump';
import { openPostgresCluster, type PostgresCluster } from './postgres-cluster';

const ODD = `it's "ödd" a=b/%$1`;
const EVERYTHING = `
  CREATE TYPE mood AS ENUM ('calm', 'naïve');
  CREATE TABLE people (id serial PRIMARY KEY, name text UNIQUE, t text, feeling mood, price double precision, born date, at timestamptz, gap interval, bytes bytea, extra jsonb, tags text[]);
  CREATE INDEX people_by_born ON people (born);
  INSERT INTO people (name, t, feeling, price, born, at, gap, bytes, extra, tags)
    SELECT 'n' || i, CASE WHEN i % 3 = 0 THEN NULL ELSE repeat('ü', i) END, 'naïve', i / 7.0::float8, date '2024-01-01' + i, timestamptz '2024-01-01 00:00+02' + i * interval '1 hour', i * interval '1 day', '\\x00ff', '{"a":null}', ARRAY['x', NULL]
      FROM generate_series(1, 50) AS i;
  CREATE TABLE "no key" (a int);
  INSERT INTO "no key" VALUES (1), (1), (2), (NULL);
  CREATE TABLE empty (a bigint GENERATED ALWAYS AS IDENTITY);
  CREATE TABLE measured (at date, value numeric) PARTITION BY RANGE (at);
  CREATE TABLE measured_2026 PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  CREATE INDEX measured_value ON measured (value);
  INSERT INTO measured VALUES ('2026-05-05', 1.50);
  CREATE SCHEMA "odd schema";
  CREATE MATERIALIZED VIEW "odd schema".totals AS SELECT count(*) FROM people;
  CREATE SEQUENCE "odd schema"."Down" INCREMENT BY -1 MAXVALUE 100 START WITH 50;
  SELECT nextval('"odd schema"."Down"');
  CREATE SEQUENCE unused START WITH 9;
  CREATE FUNCTION public.f(a integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a > 0 THEN a ELSE 0 END; END;
  CREATE ROLE "Odd Role"; ALTER TABLE people OWNER TO "Odd Role"; GRANT SELECT ON "no key" TO "Odd Role";`;

let cluster: PostgresCluster;
let postgres: PostgresCluster['postgres'];
let tools: PostgresCluster['tools'];
let yugabyte: Yugabyte;
let sql: PostgresCluster['sql'];

beforeAll(async () => {
  cluster = await openPostgresCluster();
  ({ postgres, tools, yugabyte, sql } = cluster);
  await sql('postgres', `CREATE DATABASE ${quoteIdentifier(ODD)}`);
  await sql(ODD, EVERYTHING);
});
afterAll(async () => {
  await cluster.stop();
});

it('databases are found by any legal name', async () => {
  expect(await yugabyte.sql.databaseExists(ODD)).toBe(true);
  expect(await yugabyte.sql.databaseExists('nowhere')).toBe(false);
  expect((await yugabyte.sql.listDatabases()).map(({ name }) => name)).toEqual([ODD, 'postgres', 'yugabyte'].sort());
});

it('22.11: a database that is marked as a template is listed, dumped, loaded under another name, and dropped', async () => {
  await sql('yugabyte', 'CREATE DATABASE tpl IS_TEMPLATE true');
  await sql('yugabyte', 'CREATE DATABASE "mould" IS_TEMPLATE true CONNECTION LIMIT 0');
  await sql('tpl', 'CREATE TABLE t AS SELECT 7 AS a');
  const names = (await yugabyte.sql.listDatabases()).map(({ name }) => name);
  expect(names).toEqual([ODD, 'postgres', 'tpl', 'yugabyte'].sort()); // neither template0, template1 nor what is closed to all
  expect(await yugabyte.sql.closedDatabases()).toEqual(['mould']); // and a dump of the cluster says so
  await sql('yugabyte', 'ALTER DATABASE mould CONNECTION LIMIT -1 ALLOW_CONNECTIONS false');
  expect(await yugabyte.sql.closedDatabases()).toEqual(['mould']);
  const file = tools.path('tpl.sql');
  await yugabyte.dump.schema({ database: 'tpl', file });
  const { dump } = rewriteDump(readFileSync(file, 'utf8'), { rename: { from: 'tpl', to: 'scratch' } });
  await runDump(yugabyte, dump, 'scratch');
  expect(await sql('scratch', 'SELECT datistemplate FROM pg_database WHERE datname = current_database()')).toEqual([
    { datistemplate: true },
  ]);
  expect(await yugabyte.sql.renameDatabase('scratch', 'tpl_copy')).toEqual({ renamed: true });
  expect(await yugabyte.sql.dropDatabase('tpl_copy')).toEqual({ dropped: true });
  expect(await yugabyte.sql.databaseExists('tpl_copy')).toBe(false);
  const held = new Client({ host: postgres.host, port: postgres.port, user: 'yugabyte', database: 'tpl' });
  await held.connect();
  await expect(yugabyte.sql.dropDatabase('tpl', { inUseMs: 300 })).rejects.toMatchObject({ code: '55006' });
  await held.end();
  expect(await yugabyte.sql.dropDatabase('tpl')).toEqual({ dropped: true });
  expect(await yugabyte.sql.dropDatabase('mould')).toEqual({ dropped: true });
});

it('a database that does not exist, or a server that is unavailable, is one clear error', async () => {
  await expect(yugabyte.sql.invalidIndexes('nowhere')).rejects.toMatchObject({
    kind: 'SqlFailed',
    code: '3D000',
    transient: false,
    outcome: 'refused',
  });
  const away = openYugabyte(
    tools.config({ ysql: { host: '127.0.0.1', port: 1, user: 'yugabyte', database: 'yugabyte' } }),
  );
  await expect(away.sql.listDatabases()).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    transient: true,
    outcome: 'refused',
  });
  await expect(away.sql.listDatabases({ signal: AbortSignal.abort() })).rejects.toBeInstanceOf(SqlFailed);
});

it('relations with storage are listed as the dump has them', async () => {
  const relations = await yugabyte.sql.createdRelationsWithStorage(ODD);
  expect(relations.map(({ kind, schema, name }) => `${kind} ${schema}.${name}`)).toEqual([
    'matview odd schema.totals',
    'table public.empty',
    'partitionedTable public.measured',
    'table public.measured_2026',
    'index public.measured_2026_value_idx',
    'partitionedIndex public.measured_value',
    'table public.no key',
    'table public.people',
    'index public.people_by_born',
    'index public.people_name_key',
    'index public.people_pkey',
  ]);
  expect(relations.filter(({ primaryKey }) => primaryKey).map(({ name }) => name)).toEqual(['people_pkey']);
  const file = tools.path('relations.sql');
  await yugabyte.dump.schema({ database: ODD, file });
  const keys = (list: { schema: string; name: string; kind: string }[]): string[] =>
    list.map(({ kind, schema, name }) => `${kind} ${schema}.${name}`).sort();
  expect(keys(relationsOfDump(readFileSync(file, 'utf8')))).toEqual(keys(relations));
});

it('rows are counted and fingerprinted table by table', async () => {
  expect(await yugabyte.sql.countRows(ODD, { schema: 'public', name: 'people' })).toBe(50);
  expect(await yugabyte.sql.countRows(ODD, { schema: 'public', name: 'measured' })).toBe(0); // its rows are its partitions'
  const noKey = { schema: 'public', name: 'no key' };
  const first = await yugabyte.sql.fingerprintTable(ODD, noKey);
  expect(first).toEqual({ rows: 4, digest: expect.stringMatching(/^md5sum-1:[0-9a-f]{32}:[0-9a-f]{32}$/) as string });
  await sql(ODD, 'DELETE FROM "no key"; INSERT INTO "no key" VALUES (NULL), (2), (1), (1)');
  expect(await yugabyte.sql.fingerprintTable(ODD, noKey)).toEqual(first); // order does not matter
  await sql(ODD, 'UPDATE "no key" SET a = 2 WHERE ctid = (SELECT min(ctid) FROM "no key" WHERE a = 1)');
  expect(await yugabyte.sql.fingerprintTable(ODD, noKey)).not.toEqual(first); // duplicates count
  expect(await yugabyte.sql.fingerprintTable(ODD, { schema: 'public', name: 'empty' })).toEqual({
    rows: 0,
    digest: `md5sum-1:${'0'.repeat(32)}:${'0'.repeat(32)}`,
  });
});

it('a fingerprint does not depend on what the database sets', async () => {
  const people = { schema: 'public', name: 'people' };
  const before = await yugabyte.sql.fingerprintTable(ODD, people);
  await sql(
    ODD,
    `ALTER DATABASE ${quoteIdentifier(ODD)} SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE ${quoteIdentifier(ODD)} SET DateStyle = 'German'; ALTER DATABASE ${quoteIdentifier(ODD)} SET bytea_output = 'escape'; ALTER DATABASE ${quoteIdentifier(ODD)} SET extra_float_digits = -5; ALTER DATABASE ${quoteIdentifier(ODD)} SET IntervalStyle = 'iso_8601'`,
  );
  expect(await yugabyte.sql.fingerprintTable(ODD, people)).toEqual(before);
});

it('sequences are read with their owners', async () => {
  const sequences = await yugabyte.sql.readSequences(ODD);
  expect(sequences).toEqual([
    { schema: 'odd schema', name: 'Down', lastValue: '50', isCalled: true, increment: '-1' },
    {
      schema: 'public',
      name: 'empty_a_seq',
      lastValue: '1',
      isCalled: false,
      increment: '1',
      ownedBy: { schema: 'public', table: 'empty', column: 'a' },
    },
    {
      schema: 'public',
      name: 'people_id_seq',
      lastValue: '50',
      isCalled: true,
      increment: '1',
      ownedBy: { schema: 'public', table: 'people', column: 'id', max: '50' },
    },
    { schema: 'public', name: 'unused', lastValue: '9', isCalled: false, increment: '1' },
  ]);
});

it('roles, tablespaces, extensions and versions are listed', async () => {
  expect(await yugabyte.sql.listRoles()).toEqual(expect.arrayContaining(['Odd Role', 'yugabyte', 'pg_read_all_data']));
  expect(await yugabyte.sql.listTablespaces()).toEqual(['pg_default', 'pg_global']);
  expect(await yugabyte.sql.availableExtensions()).toContain('plpgsql');
  expect(await yugabyte.sql.invalidIndexes(ODD)).toEqual([]);
  expect(await yugabyte.sql.canReadAtMoment(ODD)).toBe(false);
  expect(await yugabyte.sql.serverVersion()).toMatch(/^\d+\.\d+/);
});

it('the catalog version of a database is read where the cluster keeps one', async () => {
  expect(await yugabyte.sql.catalogVersionOfDatabase(ODD)).toBeUndefined();
  await sql(
    ODD,
    'SET allow_system_table_mods = on; CREATE TABLE pg_catalog.pg_yb_catalog_version AS SELECT oid AS db_oid, 17::bigint AS current_version, 1::bigint AS last_breaking_version FROM pg_database WHERE datname = current_database()',
  );
  expect(await yugabyte.sql.catalogVersionOfDatabase(ODD)).toBe('17');
  await sql(ODD, 'SET allow_system_table_mods = on; DROP TABLE pg_catalog.pg_yb_catalog_version');
});

it('an invalid index is found', async () => {
  await sql(ODD, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'people_by_born'::regclass");
  expect(await yugabyte.sql.invalidIndexes(ODD)).toEqual([
    { schema: 'public', name: 'people_by_born', table: 'people' },
  ]);
  await sql(ODD, "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'people_by_born'::regclass");
});

it('a statement that takes too long is ended', async () => {
  await sql(ODD, 'CREATE TABLE held (a int)');
  const holder = new Client({ host: postgres.host, port: postgres.port, user: 'yugabyte', database: ODD });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE held');
  await expect(
    yugabyte.sql.countRows(ODD, { schema: 'public', name: 'held' }, { timeoutMs: 300 }),
  ).rejects.toMatchObject({ code: '57014', transient: true });
  await holder.end();
  await sql(ODD, 'DROP TABLE held');
});

describe('a dump of a database with an odd name', () => {
  it('is loaded under another odd name, and gives the same schema', async () => {
    const file = tools.path('dump.sql');
    await yugabyte.dump.schema({ database: ODD, file });
    const text = readFileSync(file, 'utf8');
    expect(needsOfDump(text)).toEqual({ roles: ['Odd Role', 'yugabyte'], tablespaces: [], extensions: [] });
    const target = `näw 'name" \\ x`;
    const { dump } = rewriteDump(text, { rename: { from: ODD, to: target } });
    await runDump(yugabyte, dump, target);
    const relations = async (database: string) =>
      (await yugabyte.sql.createdRelationsWithStorage(database)).map(({ schema, name, kind }) => [schema, name, kind]);
    expect(await relations(target)).toEqual(await relations(ODD));
    expect(await sql(target, 'SHOW TimeZone')).toEqual([{ TimeZone: 'Asia/Tokyo' }]); // ALTER DATABASE … SET came along
    await expect(runDump(yugabyte, dump, target)).rejects.toMatchObject({
      kind: 'StatementFailed',
      reason: expect.stringMatching(/^line \d+: .*already exists.*CREATE DATABASE/) as string,
    });
    expect(await yugabyte.sql.dropDatabase(target)).toEqual({ dropped: true });
  });

  it('22.6: a failure names the line and the statement that failed, not one beside it', async () => {
    const failing = (makes: string, ...lines: string[]) => runDump(yugabyte, lines.join('\n'), makes);
    const head = ['CREATE DATABASE quoted;', '\\connect quoted', 'CREATE TABLE public.before (a int);'];
    for (const [lines, reason] of [
      [
        ['GRANT SELECT ON TABLE public.before TO nobody_at_all;', 'CREATE TABLE public.after (a int);'],
        /^line 4: .*nobody_at_all.*\(GRANT SELECT ON TABLE public\.before TO nobody_at_all;?\)$/s,
      ],
      [
        ['COPY public.before (a) FROM stdin;', '1', '\\.', '', 'ALTER TABLE public.missing', '    OWNER TO yugabyte;'],
        /^line 8: .*missing.*\(ALTER TABLE public\.missing\s+OWNER TO yugabyte;?\)$/s,
      ],
      [
        ['COPY public.before (a) FROM stdin;', 'no number', '\\.'],
        /^line 4: .*integer.*\(COPY public\.before \(a\) FROM stdin;?\)$/s,
      ],
    ] as const) {
      await expect(failing('quoted', ...head, ...lines, '')).rejects.toMatchObject({
        kind: 'StatementFailed',
        reason: expect.stringMatching(reason) as string,
      });
      await yugabyte.sql.dropDatabase('quoted');
    }
  });

  it('22.1, 22.3, 22.5: with names that look like syntax, constants of its name and roles that are gone is loaded as the server means it', async () => {
    await sql('yugabyte', 'CREATE DATABASE selfview');
    await sql('yugabyte', 'CREATE ROLE m_gone');
    await sql(
      'selfview',
      `CREATE FUNCTION nights(begin date) RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE FUNCTION "begin"() RETURNS int LANGUAGE sql AS 'SELECT 2';
       CREATE TABLE stay ("begin" date, "end" date, tablespace text DEFAULT 'selfview' CHECK (tablespace <> 'selfview!'));
       CREATE FUNCTION longest() RETURNS int LANGUAGE sql BEGIN ATOMIC
         SELECT CASE WHEN max(s."end" - s.begin) > 3 THEN 3 END FROM stay s; SELECT (CASE WHEN true THEN 4 END); END;
       CREATE VIEW self AS SELECT oid FROM pg_database WHERE datname = 'selfview';
       CREATE VIEW spaces AS SELECT tablespace FROM stay;
       CREATE INDEX stay_here ON stay (tablespace) WHERE tablespace = 'selfview';
       ALTER TABLE stay ENABLE ROW LEVEL SECURITY; ALTER TABLE stay OWNER TO m_gone;
       GRANT SELECT ON self TO m_gone; REVOKE ALL ON FUNCTION nights(date) FROM PUBLIC;
       CREATE POLICY mine ON stay TO m_gone USING (true);
       CREATE POLICY all_of_us ON stay FOR SELECT USING (tablespace = current_database());
       ALTER ROLE m_gone IN DATABASE selfview SET work_mem = '8MB';
       CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR m_gone SERVER s;
       ALTER DEFAULT PRIVILEGES FOR ROLE m_gone GRANT SELECT ON TABLES TO m_gone;`,
    );
    const file = tools.path('selfview.sql');
    await yugabyte.dump.schema({ database: 'selfview', file });
    const text = readFileSync(file, 'utf8');
    expect(needsOfDump(text)).toEqual({ roles: ['m_gone', 'yugabyte'], tablespaces: [], extensions: [] });
    await yugabyte.sql.dropDatabase('selfview');
    await sql('yugabyte', 'DROP ROLE m_gone'); // as on another cluster
    const { dump, constants, losses } = rewriteDump(text, {
      rename: { from: 'selfview', to: 'other' },
      leaveOut: { roles: true },
    });
    await runDump(yugabyte, dump, 'other');
    expect([...constants].sort()).toEqual(['INDEX stay_here ON public.stay', 'TABLE public.stay', 'VIEW public.self']);
    expect([...losses].sort()).toEqual([
      'POLICY mine ON public.stay',
      'USER MAPPING FOR m_gone',
      'settings of role m_gone',
    ]);
    expect(
      await sql(
        'other',
        `SELECT nights(NULL), "begin"(), longest(), pg_get_viewdef('self') LIKE '%''selfview''%' AS self, (SELECT count(*) FROM spaces) AS spaces,
           (SELECT string_agg(polname, ',') FROM pg_policy) AS policies,
           has_function_privilege('pg_monitor', 'nights(date)', 'EXECUTE') AS anybody`,
      ),
    ).toEqual([{ nights: 1, begin: 2, longest: 4, self: true, spaces: '0', policies: 'all_of_us', anybody: false }]);
    expect(await yugabyte.sql.dropDatabase('other')).toEqual({ dropped: true });
  });

  it('without CREATE DATABASE is refused', () =>
    expect(() => rewriteDump('CREATE TABLE t (a int);', { rename: { from: 'a', to: 'b' } })).toThrow(DumpRefused));

  it('reports its roles, without password hashes', async () => {
    await sql('yugabyte', `CREATE ROLE "with word" LOGIN PASSWORD 'top secret'`);
    const file = tools.path('roles.sql');
    await yugabyte.dump.roles({ file });
    expect(readFileSync(file, 'utf8')).toContain('CREATE ROLE "with word"');
    expect(readFileSync(file, 'utf8')).not.toMatch(/PASSWORD/);
  });
});

describe('renaming and dropping', () => {
  const ours = (application_name: string, database: string): Client => {
    const client = new Client({
      host: postgres.host,
      port: postgres.port,
      user: 'yugabyte',
      database,
      application_name,
    });
    client.on('error', () => undefined);
    return client;
  };

  it("ends Kalpa's own forgotten connections", async () => {
    await sql('yugabyte', 'CREATE DATABASE scratch');
    const forgotten = ours('kalpa', 'scratch');
    await forgotten.connect();
    expect(await yugabyte.sql.renameDatabase('scratch', ODD.slice(0, 4))).toEqual({ renamed: true });
    expect(await yugabyte.sql.renameDatabase('scratch', ODD.slice(0, 4))).toEqual({ renamed: false }); // safe to repeat
    expect(await yugabyte.sql.dropDatabase(ODD.slice(0, 4))).toEqual({ dropped: true });
    expect(await yugabyte.sql.dropDatabase(ODD.slice(0, 4))).toEqual({ dropped: false });
    await forgotten.end().catch(() => undefined);
  });

  it("never ends others' connections: it waits for them, for a bounded time, and names them", async () => {
    await sql('yugabyte', 'CREATE DATABASE used');
    const other = ours('the shop', 'used');
    await other.connect();
    expect(await yugabyte.sql.activeConnections('used')).toEqual([
      expect.objectContaining({ application: 'the shop', user: 'yugabyte' }),
    ]);
    await expect(yugabyte.sql.dropDatabase('used', { inUseMs: 300 })).rejects.toMatchObject({
      code: '55006',
      transient: true,
      outcome: 'refused',
      message: expect.stringMatching(/in use by yugabyte \(the shop\), pid \d+; end these/) as string,
    });
    const dropping = yugabyte.sql.dropDatabase('used', { inUseMs: 20_000 });
    await other.query('SELECT 1');
    await other.end();
    expect(await dropping).toEqual({ dropped: true });
  });

  it('waits for a CREATE DATABASE whose client was killed, and drops what it made', async () => {
    const locker = ours('the shop', 'yugabyte');
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE pg_catalog.pg_database IN SHARE MODE');
    const killed = ours('ysqlsh', 'yugabyte');
    await killed.connect();
    const creating = killed.query('CREATE DATABASE half_made').catch(() => undefined);
    await until(
      'the database is being made',
      async () =>
        // not through the locker: within a transaction PostgreSQL shows the activity as it was at the first look
        (await sql('postgres', "SELECT 1 FROM pg_stat_activity WHERE query = 'CREATE DATABASE half_made'")).length ===
        1,
    );
    (killed as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy();
    await creating;
    await expect(yugabyte.sql.dropDatabase('half_made', { inUseMs: 300 })).rejects.toMatchObject({
      code: '55006',
      transient: true,
      message: expect.stringMatching(/an earlier statement about "half_made" is still running \(pid \d+\)/) as string,
    });
    const dropping = yugabyte.sql.dropDatabase('half_made', { inUseMs: 20_000 });
    await locker.query('COMMIT');
    expect(await dropping).toEqual({ dropped: true });
    expect(await yugabyte.sql.databaseExists('half_made')).toBe(false);
    await locker.end();
  });

  it('refuses a name that is taken, and the database it works through', async () => {
    await sql('yugabyte', 'CREATE DATABASE one');
    await expect(yugabyte.sql.renameDatabase('one', 'postgres')).rejects.toMatchObject({
      code: '42P04',
      transient: false,
    });
    await expect(yugabyte.sql.renameDatabase('gone', 'elsewhere')).rejects.toMatchObject({ code: '3D000' });
    await expect(yugabyte.sql.dropDatabase('yugabyte')).rejects.toMatchObject({ outcome: 'refused' });
    await yugabyte.sql.dropDatabase('one');
  });
});
