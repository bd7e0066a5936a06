import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { DumpClusterResult, DumpDatabaseResult, LoadDumpResult } from '../../src/contract';
import { leftovers, openUploads } from '../support/cluster/cluster-state';
import { dumpsOf } from '../support/store/dump-list';
import { slowIt, some } from '../support/matrix';
import { newDatabase, SMALL } from '../support/cluster/new-database';
import { contentOf, databaseNames, quoted, schemaOf, withSql } from '../support/cluster/sql';
import { failureOf, start, stackJson, temporalClient, until } from '../support/stack';
import { guardianEnd, progressOf } from '../support/cluster/watch-run';

const stack = stackJson();
let client: Client;

beforeAll(async () => {
  client = await temporalClient(stack);
});
afterAll(async () => {
  await client.connection.close();
});
afterEach(async () => {
  await until('nothing is left behind', async () => (await leftovers(stack)).length === 0);
});

const run = async <T>(type: string, input: object): Promise<T> =>
  (await (await start(client, type, input)).result()) as T;
const dump = async (input: object) => await run<DumpDatabaseResult>('dumpDatabase', input);
const load = async (input: object) => await run<LoadDumpResult>('loadDump', input);
const refused = async (type: string, input: object) => await failureOf(await start(client, type, input));
const rowsOf = (content: Record<string, { rows: number }>): number =>
  Object.values(content).reduce((sum, { rows }) => sum + rows, 0);

describe('a database of every common kind', () => {
  let source: string;
  let made: DumpDatabaseResult;

  beforeAll(async () => {
    source = await newDatabase(
      stack,
      'dumped',
      readFileSync(join(__dirname, '../support/cluster/wide-database.sql'), 'utf8'),
    );
  }, 60_000);

  it('is dumped while it is written to, its rows counted as of one moment', async () => {
    let writing = true;
    const writer = withSql(stack.ysql, source, async (sql) => {
      for (let i = 0; writing; i += 1) {
        await sql.query('INSERT INTO ledger VALUES ($1, 1)', [1000 + i]);
        await pause(5);
      }
    });
    made = await dump({ database: `ysql.${source}` });
    writing = false;
    await writer;
    expect(made).toMatchObject({ database: `ysql.${source}`, files: 1 });
    expect(made.dumpId).toMatch(/^ysql\.dumped_\w+-dump-\d{8}T\d{6}Z-[0-9a-f]{6}$/);
    expect(made.rows).toBeGreaterThan(25_000);
    expect(made.bytes).toBeGreaterThan(200_000);
    expect(await dumpsOf(stack, `ysql.${source}`)).toEqual([
      expect.objectContaining({ dumpId: made.dumpId, state: 'committed' }),
    ]);
  }, 60_000);

  it('is loaded under another name with the same content, schema and sequences', async () => {
    const as = `${source}_copy`;
    const loaded = await load({ dump: made.dumpId, as });
    expect(loaded).toMatchObject({ database: `ysql.${as}`, dumpId: made.dumpId, rows: made.rows, tables: made.tables });
    expect(loaded.warnings).toBeUndefined();
    const [before, after] = [await contentOf(stack.ysql, source), await contentOf(stack.ysql, as)];
    delete before['public.ledger']; // written to meanwhile
    delete after['public.ledger'];
    expect(after).toEqual(before);
    expect(await schemaOf(stack.ysql, as)).toEqual(await schemaOf(stack.ysql, source));
  }, 60_000);

  slowIt('is never loaded over a database that exists', async () => {
    const failure = await refused('loadDump', { dump: made.dumpId });
    expect(failure).toMatchObject({ type: 'AlreadyExists' });
    expect(failure.message).toMatch(/never overwritten.*"as"/);
  });

  slowIt(
    'is loaded with the rows of chosen tables only',
    async () => {
      const as = `${source}_some`;
      const loaded = await load({ dump: made.dumpId, as, tables: ['no_key', 'ledger'] });
      const content = await contentOf(stack.ysql, as);
      expect(content['public.no_key']).toEqual((await contentOf(stack.ysql, source))['public.no_key']);
      expect(content['public.customers']?.rows).toBe(0);
      expect(loaded.rows).toBe(rowsOf(content));
      const failure = await refused('loadDump', { dump: made.dumpId, as: 'never', tables: ['nowhere'] });
      expect(failure).toMatchObject({ type: 'NotFound' });
    },
    60_000,
  );
});

it.each(some([`du"mp/% 'ödd' 顧客`, 'dump/slash%percent', 'd'.repeat(63), 'dump=equals']))(
  'a database of the legal odd name %j is dumped and loaded',
  async (name) => {
    await withSql(stack.ysql, 'yugabyte', async (sql) => await sql.query(`CREATE DATABASE ${quoted(name)}`));
    const tables = `CREATE TABLE "odd ""table" (id int PRIMARY KEY, what text); INSERT INTO "odd ""table" VALUES (1, E'\\\\.'), (2, NULL), (3, E'a\\nb\\\\.\\n');
      CREATE SCHEMA "S.x"; CREATE TABLE "S.x"."line\nbreak" (a text); INSERT INTO "S.x"."line\nbreak" VALUES ('COPY t FROM stdin;');
      CREATE FUNCTION looks_like() RETURNS text LANGUAGE sql AS $f$ SELECT '
COPY public.x (a) FROM stdin;
1
\\.
'::text $f$;`;
    await withSql(stack.ysql, name, async (sql) => await sql.query(tables));
    const made = await dump({ database: `ysql.${name}` });
    expect(made.rows).toBe(4);
    const target = `${name.slice(0, 20)}_l`;
    expect(await load({ dump: made.dumpId, as: target })).toMatchObject({ database: `ysql.${target}`, rows: 4 });
    expect(await contentOf(stack.ysql, target)).toEqual(await contentOf(stack.ysql, name));
    expect((await schemaOf(stack.ysql, target))['functions']).toEqual((await schemaOf(stack.ysql, name))['functions']);
  },
  60_000,
);

describe('parts of a database', () => {
  let source: string;
  let database: string;

  beforeAll(async () => {
    const more = `CREATE SCHEMA sales; CREATE TYPE sales.kind AS ENUM ('new', 'old');
      CREATE TABLE sales.visits (id serial PRIMARY KEY, kind sales.kind, at timestamptz DEFAULT now());
      INSERT INTO sales.visits (kind) SELECT 'new' FROM generate_series(1, 30);
      CREATE VIEW sales.recent AS SELECT * FROM sales.visits WHERE at > now() - interval '1 day';`;
    source = await newDatabase(stack, 'parts', SMALL + more);
    database = `ysql.${source}`;
  });

  it('the schema, then the rows alone', async () => {
    const as = `${source}_two_steps`;
    const schema = await dump({ database, schemaOnly: true });
    const rows = await dump({ database, dataOnly: true });
    expect(schema).toMatchObject({ tables: 3, rows: 0 });
    expect(rows).toMatchObject({ tables: 3, rows: 2530 });
    const early = await refused('loadDump', { dump: rows.dumpId, as });
    expect(early).toMatchObject({ type: 'NotFound' });
    expect(early.message).toMatch(/has only rows.*Load a dump of its schema first/);

    expect(await load({ dump: schema.dumpId, as })).toMatchObject({ tables: 3, rows: 0 });
    expect(rowsOf(await contentOf(stack.ysql, as))).toBe(0);
    expect(await load({ dump: rows.dumpId, as })).toMatchObject({ tables: 3, rows: 2530, comparedByValue: 3 });
    expect(await contentOf(stack.ysql, as)).toEqual(await contentOf(stack.ysql, source));
    expect(await schemaOf(stack.ysql, as)).toEqual(await schemaOf(stack.ysql, source));

    const twice = await refused('loadDump', { dump: rows.dumpId, as });
    expect(twice).toMatchObject({ type: 'PreflightFailed' });
    expect(twice.message).toMatch(/already have rows/);
  }, 60_000);

  slowIt(
    'chosen tables with everything that is theirs',
    async () => {
      const as = `${source}_visits`;
      const made = await dump({ database, tables: ['sales.visits'] });
      expect(made).toMatchObject({ tables: 1, rows: 30 });
      expect(await load({ dump: made.dumpId, as })).toMatchObject({ tables: 1, rows: 30 });
      const content = await contentOf(stack.ysql, as);
      expect(content).toEqual({ 'sales.visits': (await contentOf(stack.ysql, source))['sales.visits'] });
      const { rows } = await withSql(
        stack.ysql,
        as,
        async (sql) => await sql.query("INSERT INTO sales.visits (kind) VALUES ('old') RETURNING id"),
      );
      expect(rows).toEqual([{ id: 31 }]);
    },
    60_000,
  );

  slowIt('chosen tables that could not be loaded, or are none, are refused', async () => {
    const outside = await refused('dumpDatabase', { database, tables: ['orders'] });
    expect(outside).toMatchObject({ type: 'PreflightFailed' });
    expect(outside.message).toMatch(/public\.orders needs public\.customers \(constraint orders_customer_fkey/);
    const unknown = await refused('dumpDatabase', { database, tables: ['nowhere', 'sales.recent'] });
    expect(unknown).toMatchObject({ type: 'NotFound' });
    expect(unknown.message).toMatch(/has no table nowhere, sales\.recent/);
  });

  it('what can not be dumped is refused by its field or name', async () => {
    const inputs: [object, string, RegExp][] = [
      [{ database, schemaOnly: true, dataOnly: true }, 'InvalidInput', /dataOnly: /],
      [{ database, tables: [] }, 'InvalidInput', /tables: /],
      [{ database, copyOptions: { DELIMITER: ';' } }, 'InvalidInput', /copyOptions: /],
      [{ database: 'ysql.nothing_here' }, 'NotFound', /kalpa inspect/],
    ];
    for (const [input, type, message] of inputs) {
      const failure = await refused('dumpDatabase', input);
      expect(failure).toMatchObject({ type });
      expect(failure.message).toMatch(message);
    }
    const load = await refused('loadDump', { dump: 'ysql.x-dump-20200101T000000Z-000000' });
    expect(load).toMatchObject({ type: 'NotFound' });
    expect(load.message).toMatch(/kalpa dumps/);
  });
});

it('22.8, 22.9, 22.2: rows of a partitioned table, with triggers that always fire, go into a database that reads only by default, as they were', async () => {
  const source = await newDatabase(
    stack,
    'silent',
    `CREATE TABLE audit (id serial PRIMARY KEY, what text);
     CREATE TABLE visits (day date, n int NOT NULL) PARTITION BY RANGE (day);
     CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
     CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
     INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (2, 1); UPDATE a SET b = 2;
     INSERT INTO visits VALUES ('2026-01-05', 5);
     CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit (what) VALUES (TG_NAME); NEW.n := NEW.n * 2; RETURN NEW; END $$;
     CREATE TRIGGER plain BEFORE INSERT ON visits FOR EACH ROW EXECUTE FUNCTION note();
     CREATE TRIGGER always BEFORE INSERT ON visits_1 FOR EACH ROW EXECUTE FUNCTION note();
     ALTER TABLE visits_1 ENABLE ALWAYS TRIGGER always;`,
  );
  const database = `ysql.${source}`;
  await withSql(
    stack.ysql,
    'yugabyte',
    async (sql) => await sql.query(`ALTER DATABASE ${quoted(source)} SET default_transaction_read_only = on`),
  );
  const [schema, rows] = [await dump({ database, schemaOnly: true }), await dump({ database, dataOnly: true })];
  const as = `${source}_copy`;
  await load({ dump: schema.dumpId, as });
  expect(await load({ dump: rows.dumpId, as, tables: ['visits'] })).toMatchObject({ tables: 1, rows: 1 });
  expect(await load({ dump: rows.dumpId, as, tables: ['a', 'b', 'audit'] })).toMatchObject({ tables: 3, rows: 2 });
  expect(await contentOf(stack.ysql, as)).toEqual(await contentOf(stack.ysql, source));
  const state = await withSql(
    stack.ysql,
    as,
    async (sql) =>
      await sql.query(
        `SELECT tgenabled, current_setting('default_transaction_read_only') AS reads FROM pg_trigger WHERE tgname = 'always'`,
      ),
  );
  expect(state.rows).toEqual([{ tgenabled: 'A', reads: 'on' }]);
}, 60_000);

describe('a whole cluster', () => {
  it('its roles alone, without passwords', async () => {
    const role = `dumped_${Date.now().toString(36)}`;
    await withSql(
      stack.ysql,
      'yugabyte',
      async (sql) => await sql.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`),
    );
    const made = await run<DumpClusterResult>('dumpCluster', { api: 'ysql', rolesOnly: true });
    expect(made).toMatchObject({ databases: 0, files: 1, rows: 0 });
    const text = await (await dumpsOf(stack, 'ysql')).find(({ dumpId }) => dumpId === made.dumpId)?.text();
    expect(text).toContain(`CREATE ROLE ${role};`);
    expect(text).not.toMatch(/PASSWORD/);
    const failure = await refused('loadDump', { dump: made.dumpId });
    expect(failure.message).toMatch(/has only roles/);
  }, 60_000);

  slowIt(
    'every database, each loaded separately',
    async () => {
      const source = await newDatabase(stack, 'one_of_many', SMALL);
      const made = await run<DumpClusterResult>('dumpCluster', { api: 'ysql' });
      expect(made.databases).toBe((await databaseNames(stack.ysql)).length);
      expect(made.files).toBe(made.databases + 1);
      const unnamed = await refused('loadDump', { dump: made.dumpId, as: 'whichever' });
      expect(unnamed).toMatchObject({ type: 'InvalidInput' });
      expect(unnamed.message).toContain(`ysql.${source}`);
      const as = `${source}_copy`;
      await load({ dump: made.dumpId, database: `ysql.${source}`, as });
      expect(await contentOf(stack.ysql, as)).toEqual(await contentOf(stack.ysql, source));
    },
    120_000,
  );
});

describe('a load that fails', () => {
  it('22.8: a row that is changed while it is loaded is found, although the counts agree', async () => {
    // What no session can stop: the check of one table changes another one that is there already.
    const source = await newDatabase(
      stack,
      'meddling',
      `CREATE TABLE a_changed (id int PRIMARY KEY, price numeric); INSERT INTO a_changed VALUES (1, 10), (2, 20);
       CREATE FUNCTION meddle(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
         IF pg_catalog.current_database() LIKE 'kalpa%' THEN UPDATE public.a_changed SET price = price * 2 WHERE id = 1; END IF;
         RETURN true; END $$;
       CREATE TABLE b_checked (id int PRIMARY KEY CHECK (meddle(id))); INSERT INTO b_checked VALUES (1);`,
    );
    const made = await dump({ database: `ysql.${source}` });
    expect(made.rows).toBe(3);
    const failure = await refused('loadDump', { dump: made.dumpId, as: `${source}_copy` });
    expect(failure).toMatchObject({ type: 'VerificationFailed' });
    expect(failure.message).toContain('public.a_changed has the recorded 2 rows, with other values');
    expect(failure.message).not.toContain('public.b_checked');
    const [kept = ''] = /kalpa_[0-9a-f]{12}/.exec(failure.message) ?? [];
    expect(await databaseNames(stack.ysql)).not.toContain(`${source}_copy`);
    await withSql(stack.ysql, 'yugabyte', async (sql) => await sql.query(`DROP DATABASE ${kept}`));
  }, 60_000);

  it('at a SQL error in the middle stops, says at which statement, and leaves nothing', async () => {
    // Rows that their own check refuses while the other table is still empty: a dump that PostgreSQL's tools make and
    // can't load.
    const source = await newDatabase(
      stack,
      'unloadable',
      `CREATE TABLE z_allowed (id int PRIMARY KEY);
       CREATE FUNCTION is_allowed(int) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT 1 FROM public.z_allowed WHERE id = $1)';
       CREATE TABLE a_checked (id int PRIMARY KEY, secret text, CHECK (is_allowed(id)));
       INSERT INTO z_allowed VALUES (7); INSERT INTO a_checked VALUES (7, 'do not tell');`,
    );
    const made = await dump({ database: `ysql.${source}` });
    const failure = await refused('loadDump', { dump: made.dumpId, as: `${source}_copy` });
    expect(failure).toMatchObject({ type: 'RestoreFailed' });
    expect(failure.message).toMatch(
      /line \d+: .*check constraint.*\(COPY public\.a_checked \(id, secret\) FROM stdin;\)/,
    );
    expect(failure.message).not.toContain('do not tell');
    expect(await databaseNames(stack.ysql)).not.toContain(`${source}_copy`);
    expect(await leftovers(stack)).toEqual([]);
  }, 60_000);

  slowIt(
    'in rows alone leaves the tables as they were',
    async () => {
      const source = await newDatabase(stack, 'halves', SMALL);
      const [schema, rows] = [
        await dump({ database: `ysql.${source}`, schemaOnly: true }),
        await dump({ database: `ysql.${source}`, dataOnly: true }),
      ];
      const as = `${source}_copy`;
      await load({ dump: schema.dumpId, as });
      await withSql(stack.ysql, as, async (sql) => await sql.query('ALTER TABLE orders ADD CHECK (total < 1000)'));
      const failure = await refused('loadDump', { dump: rows.dumpId, as });
      expect(failure).toMatchObject({ type: 'RestoreFailed' });
      expect(failure.message).toMatch(/COPY public\.orders/);
      expect(rowsOf(await contentOf(stack.ysql, as))).toBe(0); // customers came first, and went again
    },
    60_000,
  );
});

describe('a run that is ended in the middle leaves a clean bucket and cluster', () => {
  let source: string;
  let dumpId: string;

  beforeAll(async () => {
    // Bytes that do not compress, so that a dump has open uploads for a while.
    source = await newDatabase(
      stack,
      'large',
      `CREATE TABLE bulk (id int PRIMARY KEY, bytes bytea);
       INSERT INTO bulk SELECT n, (SELECT string_agg(sha512((n * 100000 + i)::text::bytea), '') FROM generate_series(1, 16000) i) FROM generate_series(1, 40) n;`,
    );
    ({ dumpId } = await dump({ database: `ysql.${source}` }));
  }, 60_000);

  const ends: [string, (handle: WorkflowHandle) => Promise<unknown>][] = [
    ['cancelled', async (handle) => await handle.cancel()],
    ['terminated', async (handle) => await handle.terminate('a person did it')],
  ];

  it.each(some(ends))(
    'a dump, %s',
    async (state, end) => {
      const handle = await start(client, 'dumpDatabase', { database: `ysql.${source}` });
      await until('an upload is open', async () => (await openUploads(stack)).some((line) => line.includes('/dumps/')));
      await end(handle);
      await handle.result().catch(() => undefined);
      expect(await guardianEnd(client, `ysql.${source}`)).toBe('COMPLETED');
      expect(await leftovers(stack)).toEqual([]);
      expect((await dumpsOf(stack, `ysql.${source}`)).at(-1)).toMatchObject({ state });
    },
    60_000,
  );

  it.each(some([...ends].reverse()))(
    'a load, %s',
    async (state, end) => {
      const as = `${source}_${state}`;
      const handle = await start(client, 'loadDump', { dump: dumpId, as });
      await until('it is being loaded', async () =>
        (await databaseNames(stack.ysql)).some((name) => name.startsWith('kalpa_')),
      );
      expect((await progressOf(handle)).phase).toBe('load');
      await end(handle);
      await handle.result().catch(() => undefined);
      expect(await guardianEnd(client, `ysql.${as}`)).toBe('COMPLETED');
      expect(await leftovers(stack)).toEqual([]);
      expect(await databaseNames(stack.ysql)).not.toContain(as);
    },
    60_000,
  );
});
