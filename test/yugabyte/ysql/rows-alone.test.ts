import { Client } from 'pg';
import { openYugabyte, rowsFrame, scriptOfDump, splitDump, type QualifiedName } from '../../../src/yugabyte';
import { until } from '../../support/stack';
import { openPostgresCluster, type PostgresCluster } from './postgres-cluster';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await openPostgresCluster();
});
afterAll(async () => {
  await cluster.stop();
});

let databases = 0;
/** The rows of one database, loaded into another one of the same schema. */
async function load(schema: string, rows: string, more: { target?: string; stop?: boolean } = {}) {
  const { sql, yugabyte } = cluster;
  databases += 1;
  const [source, target] = [`source_${databases}`, `target_${databases}`];
  for (const name of [source, target]) {
    await sql('yugabyte', `CREATE DATABASE ${name}`);
    await sql(name, schema);
  }
  await sql(source, `SET session_replication_role = replica; ${rows}`);
  if (more.target !== undefined) await sql(target, more.target);
  const chunks: Buffer[] = [];
  await yugabyte.dump.stream({
    database: source,
    content: 'data',
    consume: async (text) => {
      for await (const chunk of text) chunks.push(chunk);
    },
  });
  async function* dumped(): AsyncGenerator<Buffer> {
    yield* chunks;
    if (more.stop) throw new Error('the bucket is unavailable');
  }
  const tables = (await yugabyte.sql.createdRelationsWithStorage(source)).filter(({ kind }) => kind === 'table');
  const triggers = await yugabyte.sql.firingTriggers(target, tables);
  const frame = rowsFrame({
    silent: await yugabyte.sql.maySilenceTriggers(target),
    triggers,
    checks: await yugabyte.sql.rowChecks(target, tables),
    tables,
  });
  const run = async (): Promise<void> => {
    await yugabyte.runScript({
      script: scriptOfDump(splitDump(dumped()), {}),
      content: 'rows',
      database: target,
      transaction: frame,
    });
  };
  return { source, target, tables, triggers, run };
}
async function contentOf(database: string, tables: readonly QualifiedName[]) {
  const content: Record<string, unknown> = {};
  for (const table of tables) content[table.name] = await cluster.yugabyte.sql.fingerprintTable(database, table);
  return content;
}
const stateOf = async (database: string) =>
  await cluster.sql(
    database,
    `SELECT tgrelid::regclass::text AS "table", tgname, tgenabled FROM pg_trigger ORDER BY 1, 2`,
  );

const AUDITED = `
  CREATE TABLE audit (id serial PRIMARY KEY, what text);
  CREATE TABLE orders (id int PRIMARY KEY, total int);
  CREATE TABLE parts (id int, what text) PARTITION BY LIST (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit (what) VALUES (TG_NAME); RETURN NEW; END $$;
  CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.total := NEW.total * 2; RETURN NEW; END $$;
  CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit (what) VALUES (TG_TAG); END $$;
  CREATE TRIGGER plain AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TRIGGER edits BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION twice();
  CREATE TRIGGER always AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note();
  ALTER TABLE orders ENABLE ALWAYS TRIGGER always;
  CREATE TRIGGER "of a replica" BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION twice();
  ALTER TABLE orders ENABLE REPLICA TRIGGER "of a replica";
  CREATE TRIGGER off AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note();
  ALTER TABLE orders DISABLE TRIGGER off;
  CREATE CONSTRAINT TRIGGER late AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
  ALTER TABLE orders ENABLE ALWAYS TRIGGER late;
  CREATE TRIGGER on_parts AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION note();
  ALTER TABLE parts ENABLE ALWAYS TRIGGER on_parts;
  CREATE EVENT TRIGGER ddl ON ddl_command_end EXECUTE FUNCTION on_ddl();
  ALTER EVENT TRIGGER ddl ENABLE ALWAYS;`;
const AUDITED_ROWS = `ALTER EVENT TRIGGER ddl DISABLE; ALTER TABLE orders DISABLE TRIGGER ALL; ALTER TABLE parts_1 DISABLE TRIGGER ALL;
  INSERT INTO audit (what) VALUES ('plain'), ('as it was'); INSERT INTO orders VALUES (1, 10), (2, 20); INSERT INTO parts VALUES (1, 'p')`;

it('22.8: no trigger of a user fires, whether plain, always, of replicas, deferred, of a partition or of events, and all are as they were', async () => {
  const { source, target, tables, triggers, run } = await load(AUDITED, AUDITED_ROWS);
  const before = await stateOf(target);
  expect(triggers.map(({ name }) => name).sort()).toEqual(['always', 'ddl', 'late', 'of a replica', 'on_parts']);
  await run();
  expect(await contentOf(target, tables)).toEqual(await contentOf(source, tables));
  expect(await cluster.sql(target, 'SELECT what FROM audit ORDER BY id')).toEqual([
    { what: 'plain' },
    { what: 'as it was' },
  ]);
  expect(await stateOf(target)).toEqual(before);
  expect(await cluster.sql(target, 'SELECT evtenabled FROM pg_event_trigger')).toEqual([{ evtenabled: 'A' }]);
  // They fire for everybody else.
  await cluster.sql(target, 'INSERT INTO orders VALUES (3, 1)');
  expect(await cluster.sql(target, 'SELECT total FROM orders WHERE id = 3')).toEqual([{ total: 2 }]);
});

it('22.8: a load that breaks off leaves no row and every trigger as it was; disabled ones can be enabled again, even twice', async () => {
  const { target, tables, triggers, run } = await load(AUDITED, AUDITED_ROWS, { stop: true });
  const before = await stateOf(target);
  await expect(run()).rejects.toThrow('the bucket is unavailable');
  expect(await stateOf(target)).toEqual(before);
  for (const table of tables) expect(await cluster.yugabyte.sql.countRows(target, table)).toBe(0);
  // A release that commits DDL by itself leaves them stopped.
  await cluster.sql(
    target,
    'ALTER EVENT TRIGGER ddl DISABLE; ALTER TABLE orders DISABLE TRIGGER always; ALTER TABLE orders DISABLE TRIGGER "of a replica"; ALTER TABLE orders DISABLE TRIGGER late; ALTER TABLE parts_1 DISABLE TRIGGER on_parts',
  );
  expect(await cluster.yugabyte.sql.enableTriggers(target, triggers)).toBe(5);
  expect(await stateOf(target)).toEqual(before);
  expect(await cluster.yugabyte.sql.enableTriggers(target, triggers)).toBe(0);
  expect(await cluster.sql(target, 'SELECT * FROM audit')).toEqual([]);
  await cluster.sql(target, 'DROP TABLE orders');
  expect(await cluster.yugabyte.sql.enableTriggers(target, triggers)).toBe(0);
  expect(await cluster.yugabyte.sql.enableTriggers('nowhere', triggers)).toBe(0);
});

it('22.8: enabling triggers that was killed half-way, while a table was locked, is completed by the next attempt', async () => {
  const { target, triggers } = await load(AUDITED, AUDITED_ROWS);
  const before = await stateOf(target);
  await cluster.sql(
    target,
    'ALTER EVENT TRIGGER ddl DISABLE; ALTER TABLE orders DISABLE TRIGGER always; ALTER TABLE orders DISABLE TRIGGER late; ALTER TABLE parts_1 DISABLE TRIGGER on_parts',
  );
  const holder = new Client({ ...cluster.address, database: target });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
  // As when its worker dies: the connection is gone in the middle of a statement.
  const killed = cluster.yugabyte.sql.enableTriggers(target, triggers);
  const outcome = killed.then(
    () => 'done',
    () => 'killed',
  );
  const waiting = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${target}' AND wait_event_type = 'Lock'`;
  await until('it waits for the lock, and is killed', async () => (await cluster.sql('yugabyte', waiting)).length > 0);
  expect(await outcome).toBe('killed');
  await holder.end();
  const half = (await stateOf(target)).filter((row, i) => row['tgenabled'] !== before[i]?.['tgenabled']);
  expect(half.map(({ tgname }) => tgname).sort()).toEqual(['always', 'late']); // the one of the partition fires again
  // Two at once do no harm to each other either.
  const both = await Promise.all([1, 2].map(() => cluster.yugabyte.sql.enableTriggers(target, triggers)));
  expect(both.reduce((sum, changed) => sum + changed, 0)).toBeGreaterThanOrEqual(3);
  expect(await stateOf(target)).toEqual(before);
  expect(await cluster.sql(target, 'SELECT evtenabled FROM pg_event_trigger')).toEqual([{ evtenabled: 'A' }]);
});

it('22.8: foreign keys in a circle, to itself and to partitions are checked once all rows are there', async () => {
  const { source, target, tables, run } = await load(
    `CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
     CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
     ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
     CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree);
     CREATE TABLE days (day date, n int, PRIMARY KEY (day, n)) PARTITION BY RANGE (day);
     CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
     CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
     CREATE TABLE visits (day date, n bigint, v int, FOREIGN KEY (day, n) REFERENCES days) PARTITION BY HASH (v);
     CREATE TABLE visits_1 PARTITION OF visits FOR VALUES WITH (MODULUS 2, REMAINDER 0);
     CREATE TABLE visits_2 PARTITION OF visits FOR VALUES WITH (MODULUS 2, REMAINDER 1);
     CREATE TABLE words (word text COLLATE "C" PRIMARY KEY); CREATE TABLE used (word varchar(9) COLLATE "POSIX" REFERENCES words);`,
    `INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (2, 1); INSERT INTO tree VALUES (1, 2), (2, 1), (3, NULL);
     INSERT INTO days VALUES ('2026-01-01', 1), ('2026-02-02', 2);
     INSERT INTO visits SELECT '2026-01-01', 1, i FROM generate_series(1, 20) i; INSERT INTO visits VALUES ('2026-02-02', 2, 7), (NULL, 9, 8);
     INSERT INTO words VALUES ('w'); INSERT INTO used VALUES ('w'), (NULL)`,
  );
  await run();
  expect(await contentOf(target, tables)).toEqual(await contentOf(source, tables));
});

it('22.8: deferrable keys and exclusions that hold stop nothing', async () => {
  const { source, target, tables, run } = await load(
    `CREATE TABLE u (a int UNIQUE DEFERRABLE, b int, UNIQUE (a, b) DEFERRABLE);
     CREATE TABLE bookings (value_0 int4range, place int, EXCLUDE USING gist (value_0 WITH &&, (int4range(place, place, '[]')) WITH =) DEFERRABLE)`,
    `INSERT INTO u VALUES (1, 1), (2, 1), (NULL, 1), (NULL, 1);
     INSERT INTO bookings VALUES ('[1,5)', 1), ('[5,9)', 1), ('[2,3)', 2), (NULL, 1)`,
  );
  await run();
  expect(await contentOf(target, tables)).toEqual(await contentOf(source, tables));
});

const BROKEN: [what: string, schema: string, rows: string, message: string][] = [
  [
    'MATCH SIMPLE',
    'CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE c (a int, b int, FOREIGN KEY (a, b) REFERENCES p)',
    'INSERT INTO p VALUES (1, 1); INSERT INTO c VALUES (1, 1), (1, NULL), (1, 2), (3, 3)',
    'the foreign key "c_a_b_fkey" of "public"."c" does not hold: 2 rows refer to what is not in "public"."p"',
  ],
  [
    'MATCH FULL',
    'CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE c (a int, b int, FOREIGN KEY (a, b) REFERENCES p MATCH FULL)',
    'INSERT INTO p VALUES (1, 1); INSERT INTO c VALUES (1, 1), (NULL, NULL), (1, NULL)',
    'does not hold: 1 rows',
  ],
  [
    'a partition',
    'CREATE TABLE p (a int PRIMARY KEY) PARTITION BY LIST (a); CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p_2 PARTITION OF p FOR VALUES IN (2); CREATE TABLE c (a int REFERENCES p)',
    'INSERT INTO p VALUES (1); INSERT INTO c VALUES (1), (2)',
    '1 rows refer to what is not in "public"."p"',
  ],
  [
    "an heir's row, which does not count",
    `CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE heir () INHERITS (p); CREATE TABLE c (a int REFERENCES p)`,
    'INSERT INTO heir VALUES (1); INSERT INTO c VALUES (1)',
    '1 rows refer',
  ],
  [
    'an odd name',
    `CREATE TABLE "p$check$'" (a int PRIMARY KEY); CREATE TABLE c (a int CONSTRAINT "it's $check$ %" REFERENCES "p$check$'")`,
    'INSERT INTO c VALUES (1)',
    `the foreign key "it's $check$ %" of "public"."c" does not hold: 1 rows refer to what is not in "public"."p$check$'"`,
  ],
  [
    'a deferrable unique key',
    'CREATE TABLE u (a int UNIQUE DEFERRABLE)',
    'INSERT INTO u VALUES (1), (1), (NULL), (NULL)',
    'the unique key "u_a_key" of "public"."u" does not hold: 1 rows have a value that others have too',
  ],
  [
    'a deferrable unique key to which nulls are equal',
    'CREATE TABLE u (a int, b int, UNIQUE NULLS NOT DISTINCT (a, b) DEFERRABLE)',
    'INSERT INTO u VALUES (1, NULL), (1, NULL), (2, NULL)',
    'the unique key "u_a_b_key" of "public"."u" does not hold: 1 rows have a value that others have too',
  ],
  [
    'a deferrable primary key',
    'CREATE TABLE u (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)',
    'INSERT INTO u VALUES (1), (1)',
    'the unique key "u_pkey" of "public"."u" does not hold',
  ],
  [
    'a deferrable exclusion',
    'CREATE TABLE bookings (place text, "own" int4range, gone boolean, CONSTRAINT "no two" EXCLUDE USING gist ("own" WITH &&) WHERE (NOT gone) DEFERRABLE INITIALLY DEFERRED)',
    `INSERT INTO bookings VALUES ('a', '[1,5)', false), ('b', '[4,9)', false), ('c', '[2,3)', true), ('d', '[9,12)', false), ('e', NULL, false)`,
    'the exclusion "no two" of "public"."bookings" does not hold: 2 rows have a value that others have too',
  ],
  [
    'a deferrable exclusion of an expression',
    'CREATE TABLE words (word text, EXCLUDE USING btree (lower(word) COLLATE "C" WITH =) DEFERRABLE)',
    `INSERT INTO words VALUES ('A'), ('a'), ('b')`,
    'the exclusion "words_lower_excl" of "public"."words" does not hold: 2 rows',
  ],
];
it.each(BROKEN)(
  '22.8: %s that does not hold stops the load, which leaves nothing',
  async (_, schema, rows, message) => {
    const { target, tables, run } = await load(schema, rows);
    await expect(run()).rejects.toMatchObject({
      kind: 'StatementFailed',
      reason: expect.stringContaining(message) as string,
    });
    for (const table of tables) expect(await cluster.yugabyte.sql.countRows(target, table)).toBe(0);
  },
);

it('22.8: a key that is NOT VALID says nothing of rows that were there before: they come as they were, and are counted', async () => {
  const { source, target, tables, run } = await load(
    'CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE c (a int); ALTER TABLE c ADD FOREIGN KEY (a) REFERENCES p NOT VALID',
    'INSERT INTO p VALUES (1); INSERT INTO c VALUES (1), (7), (8)',
  );
  await run();
  expect(await contentOf(target, tables)).toEqual(await contentOf(source, tables));
  const [check] = await cluster.yugabyte.sql.rowChecks(target, tables);
  expect(check).toMatchObject({ validated: false });
  expect(check && (await cluster.yugabyte.sql.countViolators(target, check))).toBe(2);
});

it('22.8: a count of violating rows that takes too long is no failure, and ends when it is cancelled', async () => {
  const { sql } = cluster.yugabyte;
  const slow = { ...{ name: 'foreign key "slow"', table: { schema: 'public', name: 'c' } }, validated: false };
  const check = { ...slow, violators: 'FROM (SELECT pg_catalog.pg_sleep(60)) AS scan' };
  expect(await sql.countViolators('yugabyte', check, { timeoutMs: 200 })).toBeUndefined();
  const cancel = new AbortController();
  const counted = sql.countViolators('yugabyte', check, { signal: cancel.signal });
  setTimeout(() => {
    cancel.abort(new Error('cancelled'));
  }, 200);
  await expect(counted).rejects.toThrow('cancelled');
});

it('22.8: whether the user may disable triggers for its session is asked of the server', async () => {
  const { sql, tools, address } = cluster;
  await sql('yugabyte', 'CREATE ROLE plain LOGIN');
  const { sql: asPlain } = openYugabyte(tools.config({ ysql: { ...address, user: 'plain', database: 'yugabyte' } }));
  expect(await asPlain.maySilenceTriggers('yugabyte')).toBe(false);
  expect(await cluster.yugabyte.sql.maySilenceTriggers('yugabyte')).toBe(true);
  await sql('yugabyte', AUDITED);
  const orders = [{ schema: 'public', name: 'orders' }];
  expect(await asPlain.userTriggers('yugabyte', orders)).toEqual(
    ['always', 'edits', 'late', 'plain'].map((name) => `${name} of public.orders`),
  );
});
