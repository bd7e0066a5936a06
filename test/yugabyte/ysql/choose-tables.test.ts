import {
  EntriesLeftOut,
  qualifiedName,
  relationPatterns,
  rewriteDump,
  shownName,
  splitDump,
} from '../../../src/yugabyte';
import { runDump } from './run-dump';
import { openPostgresCluster, type PostgresCluster } from './postgres-cluster';

let cluster: PostgresCluster;

beforeAll(async () => {
  cluster = await openPostgresCluster();
  await cluster.sql(
    'postgres',
    `
    CREATE TABLE customers (id serial PRIMARY KEY);
    CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers);
    CREATE SCHEMA sales;
    CREATE SEQUENCE sales.shared;
    CREATE TABLE sales.visits (at date, n int DEFAULT nextval('sales.shared')) PARTITION BY RANGE (at);
    CREATE TABLE sales.visits_2026 PARTITION OF sales.visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE VIEW sales.recent AS SELECT * FROM sales.visits;
    CREATE TABLE "odd.schema" (a int);
    CREATE TABLE "Mixed" (a int);`,
  );
});
afterAll(async () => {
  await cluster.stop();
});

const choose = async (...asked: string[]) => {
  const { chosen, others, unknown, outside } = await cluster.yugabyte.sql.chooseTables('postgres', asked);
  return { chosen: chosen.map(shownName), others: others.map(shownName), unknown, outside };
};

it('a table comes with its partitions and the sequences that it uses; everything else is named to be left out', async () => {
  expect(await choose('sales.visits')).toEqual({
    chosen: ['sales.visits', 'sales.visits_2026'],
    others: [
      'public.Mixed',
      'public.customers',
      'public.customers_id_seq',
      '"public"."odd.schema"',
      'public.orders',
      'sales.recent',
    ],
    unknown: [],
    outside: [],
  });
});

it('a foreign key to a table that was not chosen is reported', async () => {
  expect(await choose('orders')).toMatchObject({
    outside: [
      { table: 'public.orders', refersTo: 'public.customers', by: expect.stringContaining('orders_customer_fkey') },
    ],
  });
  expect(await choose('orders', 'customers')).toMatchObject({
    outside: [],
    others: expect.not.arrayContaining(['public.customers_id_seq']),
  });
});

it('names are used as they are typed, odd ones in double quotes', async () => {
  expect(await choose('Mixed', '"odd.schema"')).toMatchObject({
    chosen: ['public.Mixed', '"public"."odd.schema"'],
    unknown: [],
  });
  expect(await choose('mixed', 'sales.recent', 'a.b.c', '')).toMatchObject({
    chosen: [],
    unknown: ['mixed', 'sales.recent', 'a.b.c', ''],
  });
  expect(qualifiedName('"a""b"."c.d"')).toEqual({ schema: 'a"b', name: 'c.d' });
});

/** What a dump of a choice holds, loaded into a new database. */
async function dumpedAndLoaded(database: string, asked: string[], as: string): Promise<void> {
  const { yugabyte } = cluster;
  const choice = await yugabyte.sql.chooseTables(database, asked);
  expect(choice).toMatchObject({ unknown: [], outside: [], inTheWay: [] });
  const without = relationPatterns([...choice.chosen, ...choice.alongside], choice.others);
  const leftOut = new EntriesLeftOut(choice.leftOut);
  const chunks: Buffer[] = [];
  await yugabyte.dump.stream({
    database,
    content: 'all',
    without,
    consume: async (text) => {
      for await (const piece of splitDump(text)) chunks.push((piece.kind === 'sql' ? leftOut.of(piece) : piece).bytes);
    },
  });
  const { dump } = rewriteDump(Buffer.concat(chunks).toString(), { rename: { from: database, to: as } });
  await runDump(yugabyte, dump, as);
}
const relationsOf = async (database: string): Promise<string[]> =>
  (
    await cluster.sql(
      database,
      `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE c.oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'S') AND nspname <> 'pg_toast' ORDER BY 1`,
    )
  ).map(({ name }) => String(name));

const WIDE = `
  CREATE TABLE kept (id serial PRIMARY KEY, note text);
  CREATE TABLE other (id int PRIMARY KEY, a int, b int);
  CREATE STATISTICS of_other (dependencies) ON a, b FROM other;
  CREATE FUNCTION one_other(int) RETURNS other LANGUAGE sql AS 'SELECT * FROM public.other WHERE id = $1';
  COMMENT ON FUNCTION one_other(int) IS 'of another';
  GRANT EXECUTE ON FUNCTION one_other(int) TO PUBLIC;
  CREATE FUNCTION "Odd Name"(o other, integer, VARIADIC text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
  COMMENT ON FUNCTION "Odd Name"(other, integer, text[]) IS '-- Name: kept; Type: TABLE; Schema: public; Owner: x';
  CREATE FUNCTION kept_one(text) RETURNS text LANGUAGE sql AS $f$ SELECT '
-- Name: one_other(integer); Type: FUNCTION; Schema: public; Owner: yugabyte
'::text $f$;
  CREATE TYPE pair AS (one other, n int);
  COMMENT ON COLUMN pair.n IS 'a number';
  CREATE FUNCTION valid(int) RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT EXISTS (SELECT 1 FROM other WHERE id = $1); END;
  CREATE DOMAIN known AS int CHECK (valid(VALUE));
  CREATE AGGREGATE last_other(other) (SFUNC = take, STYPE = other);
  CREATE CAST (other AS text) WITH FUNCTION as_text(other);
  CREATE VIEW seen AS SELECT note FROM kept;
  CREATE FUNCTION seen_first() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT min(note) FROM seen; END;
  CREATE TABLE watched (id int DEFAULT length(seen_first()), note text);
  INSERT INTO kept (note) VALUES ('one'), ('two'); INSERT INTO watched VALUES (1, 'w'); INSERT INTO other VALUES (1, 1, 1);`.replace(
  '  CREATE AGGREGATE',
  `  CREATE FUNCTION take(a other, b other) RETURNS other LANGUAGE sql AS 'SELECT b';
  CREATE FUNCTION as_text(other) RETURNS text LANGUAGE sql AS $t$ SELECT 'x'::text $t$;
  CREATE AGGREGATE`,
);

describe('22.9: a choice of tables that stands alone', () => {
  beforeAll(async () => {
    await cluster.sql('yugabyte', 'CREATE DATABASE wide');
    await cluster.sql('wide', WIDE);
  });

  it('22.9: functions, types, casts, domains and statistics that depend on other tables are left out, and the dump can be loaded', async () => {
    await dumpedAndLoaded('wide', ['kept'], 'wide_kept');
    expect(await relationsOf('wide_kept')).toEqual(['public.kept', 'public.kept_id_seq']);
    expect(await cluster.sql('wide_kept', 'SELECT * FROM kept ORDER BY id')).toEqual([
      { id: 1, note: 'one' },
      { id: 2, note: 'two' },
    ]);
    const names = await cluster.sql('wide_kept', `SELECT proname FROM pg_proc WHERE oid >= 16384 ORDER BY 1`);
    expect(names.map(({ proname }) => proname)).toEqual(['kept_one']);
    expect(await cluster.sql('wide_kept', "SELECT kept_one('') = kept_one('') AS same")).toEqual([{ same: true }]);
  });

  it('22.9: a view that a default needs comes along, with the tables that it reads or not at all', async () => {
    await dumpedAndLoaded('wide', ['kept', 'watched'], 'wide_watched');
    expect(await relationsOf('wide_watched')).toEqual([
      'public.kept',
      'public.kept_id_seq',
      'public.seen',
      'public.watched',
    ]);
    expect(await cluster.sql('wide_watched', 'INSERT INTO watched (note) VALUES (NULL) RETURNING id')).toEqual([
      { id: 3 },
    ]);
    const { outside } = await cluster.yugabyte.sql.chooseTables('wide', ['watched']);
    expect(outside).toEqual([
      { table: 'public.watched', refersTo: 'public.kept', by: expect.stringContaining('default') as string },
    ]);
  });

  const NEEDY: [what: string, made: string, asked: string, refersTo: string, by: string][] = [
    [
      'one partition',
      'CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE needy PARTITION OF p FOR VALUES IN (1)',
      'needy',
      'public.p',
      '',
    ],
    [
      'an heir',
      'CREATE TABLE parent (a int); CREATE TABLE needy (b int) INHERITS (parent)',
      'needy',
      'public.parent',
      '',
    ],
    [
      'a policy',
      'CREATE TABLE members (id int); CREATE TABLE needy (a int); CREATE POLICY only_members ON needy USING (EXISTS (SELECT 1 FROM members WHERE id = a))',
      'needy',
      'public.members',
      'policy only_members',
    ],
    ['a row type', 'CREATE TABLE place (a int); CREATE TABLE needy (a place[])', 'needy', 'public.place', 'place'],
    [
      'a check through a function',
      'CREATE TABLE allowed (a int); CREATE FUNCTION is_allowed(int) RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT EXISTS (SELECT 1 FROM allowed WHERE a = $1); END; CREATE TABLE needy (a int CHECK (is_allowed(a)))',
      'needy',
      'public.allowed',
      'constraint',
    ],
    [
      'a domain',
      'CREATE TABLE allowed (a int); CREATE FUNCTION is_allowed(int) RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT EXISTS (SELECT 1 FROM allowed WHERE a = $1); END; CREATE DOMAIN allowed_int AS int CHECK (is_allowed(VALUE)); CREATE TABLE needy (a allowed_int)',
      'needy',
      'public.allowed',
      'type public.allowed_int',
    ],
    [
      'the identity of another table',
      "CREATE TABLE owner (id int GENERATED ALWAYS AS IDENTITY); CREATE TABLE needy (a int DEFAULT nextval('owner_id_seq'))",
      'needy',
      'public.owner',
      'default',
    ],
    [
      'a rule',
      'CREATE TABLE log (a int); CREATE TABLE needy (a int); CREATE RULE noted AS ON INSERT TO needy DO ALSO INSERT INTO log VALUES (NEW.a)',
      'needy',
      'public.log',
      'rule noted',
    ],
    [
      'a foreign key to a partitioned table',
      'CREATE TABLE parts (a int PRIMARY KEY) PARTITION BY LIST (a); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1); CREATE TABLE needy (a int REFERENCES parts)',
      'needy',
      'public.parts',
      'needy_a_fkey',
    ],
  ];
  it.each(NEEDY)(
    '22.9: %s that needs a table which is not chosen is reported, and nothing is dumped',
    async (what, made, asked, refersTo, by) => {
      const database = `needy_${NEEDY.findIndex(([one]) => one === what)}`;
      await cluster.sql('yugabyte', `CREATE DATABASE ${database}`);
      await cluster.sql(database, made);
      const { outside } = await cluster.yugabyte.sql.chooseTables(database, [asked]);
      expect(outside).toContainEqual({ table: 'public.needy', refersTo, by: expect.stringContaining(by) as string });
      expect((await cluster.yugabyte.sql.chooseTables(database, [asked], { rowsAlone: true })).outside).toEqual([]);
    },
  );
});

describe('22.10: arguments grow with the choice only', () => {
  it('22.10: a few patterns name all other relations, and none of the chosen ones', () => {
    const table = (schema: string, name: string) => ({ schema, name });
    const others = Array.from({ length: 14_000 }, (_, i) => table('public', `t_${i}`));
    expect(relationPatterns([table('public', 'orders')], others)).toEqual(['"public"."t"*']);
    expect(relationPatterns([table('public', 't_77')], others).length).toBeLessThan(60);
    expect(relationPatterns([table('a', 'x')], [table('b', 'x'), table('a"b', 'y'), table('a', 'xy')])).toEqual([
      '"b"*.*',
      '"a"""*.*',
      '"a"."xy"*',
    ]);
    expect(
      relationPatterns([table('a', 'order_lines')], [table('a', 'order'), table('a', 'Order'), table('ab', 'o')]),
    ).toEqual(['"a"."order"', '"a"."O"*', '"ab"*.*']);
  });

  it('22.10: of thousands of relations with names alike and odd, exactly the chosen ones are dumped', async () => {
    const { sql, yugabyte } = cluster;
    await sql('yugabyte', 'CREATE DATABASE crowd');
    await sql(
      'crowd',
      `DO $$ BEGIN FOR i IN 1..3000 LOOP EXECUTE format('CREATE TABLE %I (a int)', 'table_with_a_long_name_' || i); END LOOP; END $$;
       CREATE SCHEMA "a*b"; CREATE SCHEMA a; CREATE TABLE a.b (a int); CREATE TABLE "a*b"."x.$y" (a int); CREATE TABLE "a*b"."x.$y|z" (a int);
       CREATE TABLE "a*b"."xx$y" (a int); CREATE TABLE "a*b"."X.$Y" (a int); CREATE TABLE "a*b"."日本" (a int); CREATE TABLE "a*b"."日" (a int);
       INSERT INTO table_with_a_long_name_77 VALUES (77); INSERT INTO "a*b"."日" VALUES (1)`,
    );
    const asked = ['table_with_a_long_name_77', 'table_with_a_long_name_300', '"a*b"."x.$y"', '"a*b".日'];
    const choice = await yugabyte.sql.chooseTables('crowd', asked);
    const patterns = relationPatterns(choice.chosen, choice.others);
    expect(choice.others.length).toBeGreaterThan(3_000);
    expect(patterns.length).toBeLessThan(70);
    await dumpedAndLoaded('crowd', asked, 'crowd_chosen');
    expect(await relationsOf('crowd_chosen')).toEqual([
      'a*b.x.$y',
      'a*b.日',
      'public.table_with_a_long_name_300',
      'public.table_with_a_long_name_77',
    ]);
    expect(
      await sql('crowd_chosen', 'SELECT a FROM table_with_a_long_name_77 UNION ALL SELECT a FROM "a*b"."日"'),
    ).toEqual([{ a: 77 }, { a: 1 }]);
  });
});
