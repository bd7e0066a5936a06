import { comparedByCount, compareRows, type RowsToCompare } from '../../../src/activities/control/load/compare-rows';
import { DumpTally, scriptOfDump, splitDump } from '../../../src/yugabyte';
import { openPostgresCluster, type PostgresCluster } from '../../yugabyte/ysql/postgres-cluster';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await openPostgresCluster();
});
afterAll(async () => {
  await cluster.stop();
});

let databases = 0;
/** A dump of a database with this content, in chunks of odd sizes, and what was noted of it. */
async function dumped(content: string, more: { create?: string; settings?: string[] } = {}) {
  const { sql, yugabyte } = cluster;
  const database = `source_${(databases += 1)}`;
  await sql('yugabyte', `CREATE DATABASE ${database} ${more.create ?? ''}`);
  for (const setting of more.settings ?? []) await sql('yugabyte', `ALTER DATABASE ${database} SET ${setting}`);
  await sql(database, content);
  const chunks: Buffer[] = [];
  await yugabyte.dump.stream({
    database,
    content: 'all',
    consume: async (text) => {
      for await (const chunk of text)
        for (let at = 0; at < chunk.length; at += 997) chunks.push(Buffer.from(chunk.subarray(at, at + 997)));
    },
  });
  const tally = new DumpTally();
  for await (const piece of splitDump(given(chunks))) tally.note(piece);
  const serverVersion = await yugabyte.sql.serverVersion();
  const tables = tally.result().tables.filter(({ rows }) => rows !== undefined);
  const rowText = { encoding: tally.encoding ?? '', serverVersion };
  return { database, chunks, tables, rowText };
}

async function* given(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

async function loaded({ database, chunks }: Awaited<ReturnType<typeof dumped>>): Promise<string> {
  const to = `${database}_copy`;
  const script = scriptOfDump(splitDump(given(chunks)), { rename: { from: database, to } });
  await cluster.yugabyte.runScript({ script, content: 'database', database: 'yugabyte', makes: to });
  return to;
}

const compare = async (
  database: string,
  { tables, rowText }: Pick<Awaited<ReturnType<typeof dumped>>, 'tables' | 'rowText'>,
  more: Partial<RowsToCompare> = {},
) =>
  await compareRows(cluster.yugabyte.sql, {
    database,
    tables: tables.map((table) => ({ ...table, someOnly: false })),
    rowText,
    forMs: 60_000,
    signal: new AbortController().signal,
    ...more,
  });

/** Everything whose text depends on a session, or is hard to cut into rows. */
const WIDE = `
  CREATE TYPE mood AS ENUM ('calm', 'naïve'); CREATE TYPE place AS (x float4, at timestamptz); CREATE DOMAIN price AS numeric CHECK (VALUE > 0);
  CREATE TABLE wide (id serial PRIMARY KEY, f8 float8, f4 float4[], at timestamptz, span tstzrange, gap interval, day date, bytes bytea, place place, mood mood,
    cost price, extra jsonb, doc json, tags text[], net inet, kind regclass, point point, twice int GENERATED ALWAYS AS (id * 2) STORED, "public" text, "odd ""column" text);
  INSERT INTO wide (f8, f4, at, span, gap, day, bytes, place, mood, cost, extra, doc, tags, net, kind, point, "public", "odd ""column")
    SELECT random() / 3, ARRAY[0.1, 1 / 3.0]::float4[], timestamptz '2026-03-04 05:06:07.891234+02' + i * interval '1 h', tstzrange(now(), NULL), i * interval '-1 day 2 h', date '0044-03-15 BC', '\\x00ff', ROW(0.1, now())::place,
           'naïve', 1.50, '{"a": [1, null]}', '{"b" : 1,  "a":2}', ARRAY['NULL', NULL, E'\\\\.'], '10.0.0.1/24', 'wide', point(0.1, 0.2), NULL, E'\\\\.\\n\\t\\r' || repeat('ü', i)
      FROM generate_series(1, 300) i;
  ALTER TABLE wide DROP COLUMN day;
  CREATE TABLE parent (a int); CREATE TABLE heir (b int) INHERITS (parent); ALTER TABLE parent ADD COLUMN c int;
  INSERT INTO parent VALUES (1, 2); INSERT INTO heir (a, b, c) VALUES (1, 2, 3), (1, 2, 3);
  CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES; CREATE TABLE empty (a int);
  CREATE TABLE "Odd ""name" (a text); INSERT INTO "Odd ""name" VALUES (repeat('long', 700000)), ('\\N'), (NULL), ('');
  CREATE TABLE days (day date, n int) PARTITION BY RANGE (day); CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); INSERT INTO days VALUES ('2026-05-05', 1);`;
const SETTINGS = [
  "TimeZone = 'Asia/Tokyo'",
  "DateStyle = 'German'",
  "IntervalStyle = 'iso_8601'",
  'extra_float_digits = -5',
  "bytea_output = 'escape'",
  'array_nulls = off',
];

it('22.8: what was loaded is compared by its values, whatever the databases set for their sessions', async () => {
  const dump = await dumped(WIDE, { settings: SETTINGS });
  expect(dump.tables.find(({ name }) => name === 'heir')?.columns).toEqual(['a', 'b', 'c']);
  expect(dump.tables.find(({ name }) => name === 'wide')?.columns).not.toContain('twice');
  const copy = await loaded(dump);
  const compared = await compare(copy, dump);
  expect(compared.map(({ name }) => name).sort()).toEqual(
    [
      '"public"."Odd ""name"',
      'public.days_1',
      'public.empty',
      'public.heir',
      'public.nothing',
      'public.parent',
      'public.wide',
    ].sort(),
  );
  expect(compared.filter(({ byValue, problem, reason }) => !byValue || problem || reason)).toEqual([]);
  expect(comparedByCount(compared, 'd')).toEqual([]);

  // Counts agree with each of these.
  await cluster.sql(copy, `UPDATE wide SET f8 = f8 + 1e-15 WHERE id = 7`);
  await cluster.sql(copy, `UPDATE heir SET c = 4 WHERE ctid = (SELECT min(ctid) FROM heir)`);
  await cluster.sql(copy, `UPDATE "Odd ""name" SET a = NULL WHERE a = '\\N'`);
  expect((await compare(copy, dump)).flatMap(({ problem }) => problem ?? []).sort()).toEqual([
    '"public"."Odd ""name" has the recorded 4 rows, with other values',
    'public.heir has the recorded 2 rows, with other values',
    'public.wide has the recorded 300 rows, with other values',
  ]);
  await cluster.sql(copy, `DELETE FROM wide WHERE id = 1`);
  expect((await compare(copy, dump)).find(({ name }) => name === 'public.wide')?.problem).toBe(
    'public.wide has 299 rows, the dump has 300',
  );
}, 60_000);

it('22.8: distinguishes values swapped between rows from rows in a different order', async () => {
  const dump = await dumped(`CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 100) i`);
  const copy = await loaded(dump);
  await cluster.sql(
    copy,
    'CREATE TABLE u AS SELECT * FROM t ORDER BY a DESC; TRUNCATE t; INSERT INTO t SELECT * FROM u',
  );
  expect(await compare(copy, dump)).toEqual([{ name: 'public.t', byValue: true }]);
  await cluster.sql(copy, 'UPDATE t SET b = 3 - b WHERE a IN (1, 2)');
  expect((await compare(copy, dump))[0]?.problem).toMatch(/other values/);
});

it.each(['LATIN1', 'SQL_ASCII'])('22.8: a database in %s is compared in the encoding of its dump', async (encoding) => {
  const create = `ENCODING '${encoding}' TEMPLATE template0`;
  const dump = await dumped(`CREATE TABLE t (a text); INSERT INTO t VALUES ('naïve'), ('b')`, { create });
  const copy = await loaded(dump);
  expect(await compare(copy, dump)).toEqual([{ name: 'public.t', byValue: true }]);
  await cluster.sql(copy, `UPDATE t SET a = 'c' WHERE a = 'b'`);
  expect((await compare(copy, dump))[0]?.problem).toMatch(/other values/);
});

describe('22.8: values that can not be compared', () => {
  const CONTENT = `
    CREATE DOMAIN ratio AS float8; CREATE TYPE pair AS (a int, b ratio);
    CREATE TABLE exact (a int, b numeric(9, 2), c text[], d int4range, e timestamptz, f char(4), g "char", h name); INSERT INTO exact VALUES (1, 1.50, '{x}', '[1,3)', now(), 'ab', 'c', 'n');
    CREATE TABLE plain (a real); INSERT INTO plain VALUES (0.1);
    CREATE TABLE deep (a pair[]); INSERT INTO deep VALUES (ARRAY[ROW(1, 0.1)::pair]);
    CREATE TABLE spans (a numrange, b point); INSERT INTO spans VALUES ('[1,2]', '(1,2)');
    CREATE TABLE bills (a money); INSERT INTO bills VALUES (1.5);`;
  let dump: Awaited<ReturnType<typeof dumped>>;
  let copy: string;
  beforeAll(async () => {
    dump = await dumped(CONTENT);
    copy = await loaded(dump);
  });

  it('are counted where another release printed them, table by table, and the result says which and why', async () => {
    const other = { ...dump, rowText: { ...dump.rowText, serverVersion: '11.2-YB-2.20.1.0-b0' } };
    const compared = await compare(copy, other);
    expect(compared.filter(({ byValue }) => byValue).map(({ name }) => name)).toEqual(['public.exact']);
    expect(compared.filter(({ problem }) => problem)).toEqual([]);
    const warnings = comparedByCount(compared, 'd').join('\n');
    expect(warnings).toMatch(
      /PostgreSQL 11, which printed them, may print (real|double precision) differently.*: public\.\w+/,
    );
    for (const name of ['plain', 'deep', 'spans', 'bills']) expect(warnings).toContain(`public.${name}`);
    expect(warnings).not.toContain('public.exact');
    const same = await compare(copy, dump);
    expect(same.filter(({ byValue }) => !byValue)).toEqual([
      { name: 'public.bills', byValue: false, reason: 'money is printed according to the locale of each session' },
    ]);
  });

  it('are counted where they can not be read, and when the time is over', async () => {
    await cluster.sql(copy, 'ALTER TABLE exact RENAME a TO z');
    const found = (await compare(copy, dump)).find(({ name }) => name === 'public.exact');
    expect(found).toEqual({
      name: 'public.exact',
      byValue: false,
      reason: expect.stringMatching(/^they could not be read \(.*column "a" does not exist/) as string,
    });
    const late = await compare(copy, dump, { forMs: 0 });
    expect(late.map(({ byValue, problem }) => ({ byValue, problem }))).toEqual(
      late.map(() => ({ byValue: false, problem: undefined })),
    );
    await cluster.sql(copy, 'DELETE FROM exact');
    expect((await compare(copy, dump)).flatMap(({ problem }) => problem ?? [])).toEqual([
      'public.exact has 0 rows, the dump has 1',
    ]);
  });

  it('of a dump without digests are counted, and of a table of an extension', async () => {
    const tables = dump.tables.map(({ schema, name, rows }) => ({
      schema,
      name,
      ...(rows === undefined ? {} : { rows }),
    }));
    const old = await compare(copy, { ...dump, tables }, { rowText: undefined });
    expect(comparedByCount(old, 'old-dump')).toEqual([expect.stringContaining('old-dump was made without digests')]);
    const [extension] = await compare(copy, dump, {
      tables: dump.tables
        .filter(({ name }) => name === 'plain')
        .map((table) => ({ ...table, rows: 0, someOnly: true })),
    });
    expect(extension).toMatchObject({
      byValue: false,
      reason: expect.stringMatching(/belongs to an extension/) as string,
    });
    expect(extension?.problem).toBeUndefined();
  });
});

it('22.19a: any number of tables is compared over a few connections', async () => {
  const many = Array.from({ length: 40 }, (_, i) => `CREATE TABLE t${i} AS SELECT ${i} AS n;`).join('');
  const dump = await dumped(many);
  const copy = await loaded(dump);
  const before = await connections(copy);
  expect((await compare(copy, dump)).filter(({ byValue }) => byValue)).toHaveLength(40);
  expect(await connections(copy)).toBeLessThanOrEqual(before + 4);
});

/** Connections that a database has ever seen, once the statistics are written. */
async function connections(database: string): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // the statistics are up to a second late
  const [row] = await cluster.sql(
    'yugabyte',
    `SELECT sessions::int AS n FROM pg_stat_database WHERE datname = '${database}'`,
  );
  return Number(row?.['n']);
}
