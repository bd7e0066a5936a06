import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { makeLoadText, type LoadTextInput } from '../../../src/activities/control/load/load-text';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { timingInMs, timingSchema } from '../../../src/contract';
import { until } from '../../support/stack';
import { openPostgresCluster, type PostgresCluster } from '../../yugabyte/ysql/postgres-cluster';

/** What the bucket gives when the text is read for the second time. */
let inBucket: Buffer;
let tables: { schema: string; name: string; rows: number }[];

jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  activityInfo: () => ({ attempt: 1 }),
  cancellationSignal: () => new AbortController().signal,
}));
jest.mock('../../../src/activities/heartbeat-interceptor', () => ({ showProgress: () => undefined }));
jest.mock('../../../src/activities/control/lock/guardian-state', () => ({
  confirmGuardians: async () => {
    await Promise.resolve();
  },
}));
jest.mock('../../../src/activities/control/lookup/find-dump', () => ({
  partOf: async () => await Promise.resolve({ part: { tables }, yugabyteVersion: '2025.1' }),
}));
jest.mock('../../../src/activities/control/content/read-dump-text', () => ({
  // In pieces, as it comes from the store.
  async *readDumpText() {
    for (let at = 0; at < inBucket.length; at += 64) yield await Promise.resolve(inBucket.subarray(at, at + 64));
  },
}));

const SCHEMA = `CREATE TABLE seen (what text); CREATE TABLE orders (id int PRIMARY KEY, what text);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (NEW.what); RETURN NEW; END $$;
  CREATE TRIGGER always AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note();
  ALTER TABLE orders ENABLE ALWAYS TRIGGER always`;
const SCRATCH = 'kalpa_0123456789ab';

describe('a text that differs when it is read for the second time', () => {
  let cluster: PostgresCluster;
  const text = { all: Buffer.alloc(0), data: Buffer.alloc(0) };

  beforeAll(async () => {
    cluster = await openPostgresCluster();
    for (const name of ['source', 'target']) {
      await cluster.sql('yugabyte', `CREATE DATABASE ${name}`);
      await cluster.sql(name, SCHEMA);
    }
    await cluster.sql(
      'source',
      "INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(1, 50) n; DELETE FROM seen",
    );
    tables = [
      { schema: 'public', name: 'orders', rows: 50 },
      { schema: 'public', name: 'seen', rows: 0 },
    ];
    for (const content of ['all', 'data'] as const) {
      const chunks: Buffer[] = [];
      await cluster.yugabyte.dump.stream({
        database: 'source',
        content,
        consume: async (dumped) => {
          for await (const chunk of dumped) chunks.push(chunk);
        },
      });
      text[content] = Buffer.concat(chunks);
    }
  }, 60_000);
  afterAll(async () => {
    await cluster.stop();
  });

  /** Read once as `first`, and then, to be loaded, as `second`. */
  const load = async (
    content: 'all' | 'data',
    { first, second }: { first: Buffer; second: Buffer },
  ): Promise<unknown> => {
    inBucket = second;
    const name = content === 'data' ? 'target' : SCRATCH;
    const triggers = await cluster.yugabyte.sql.firingTriggers('target', tables);
    const dependencies = {
      yugabyte: () => cluster.yugabyte,
      config: { ysql: { database: 'yugabyte' } },
      timing: timingInMs(timingSchema.parse({})),
    } as unknown as ControlDependencies;
    const dump = { dumpId: 'ysql.source-dump-20261122T020000Z-3fa9c1', database: 'ysql.source', content };
    return await makeLoadText(dependencies)({
      ...{ guarded: { chain: {}, guardianIds: [] }, dump, name, as: 'target', roles: 'require' },
      ...(content === 'data' ? { rowsInto: { silent: true, triggers } } : {}),
      sha256: createHash('sha256').update(first).digest('hex'),
    } as unknown as LoadTextInput);
  };
  const firing = async () => await cluster.sql('target', "SELECT tgenabled FROM pg_trigger WHERE tgname = 'always'");
  const rowsOf = async (database: string) => (await cluster.sql(database, 'SELECT count(*)::int AS n FROM orders'))[0];
  const changed = (whole: Buffer): Buffer => Buffer.from(String(whole).replace('order 17', 'order 71'));
  const refused = {
    type: 'ContentRefused',
    nonRetryable: true,
    message: expect.stringMatching(/has changed since it was checked.*someone is overwriting it/) as string,
  };

  it.each([
    ['one value in it is another one', changed],
    ['a comment came to its end', (whole: Buffer) => Buffer.concat([whole, Buffer.from('-- later\n')])],
    ['its last rows went', (whole: Buffer) => Buffer.from(String(whole).replace('\n50\torder 50', ''))],
  ])(
    '22.8: rows alone end before COMMIT where %s: no row stays, and each trigger fires as before',
    async (_, change) => {
      const before = await cluster.sql('target', 'SELECT tgname, tgenabled FROM pg_trigger ORDER BY 1');
      const second = change(text.data);
      expect(second.equals(text.data)).toBe(false);
      await expect(load('data', { first: text.data, second })).rejects.toMatchObject(refused);
      expect(await rowsOf('target')).toEqual({ n: 0 });
      expect(await cluster.sql('target', 'SELECT * FROM seen')).toEqual([]);
      expect(await cluster.sql('target', 'SELECT tgname, tgenabled FROM pg_trigger ORDER BY 1')).toEqual(before);
    },
  );

  it('22.8: the load of a whole database ends with the same refusal, under its scratch name', async () => {
    await expect(load('all', { first: text.all, second: changed(text.all) })).rejects.toMatchObject(refused);
    expect(await cluster.yugabyte.sql.databaseExists('source_71')).toBe(false);
    // The next attempt begins afresh.
    await load('all', { first: text.all, second: text.all });
    expect(await rowsOf(SCRATCH)).toEqual({ n: 50 });
    await cluster.sql('yugabyte', `DROP DATABASE ${SCRATCH}`);
  });

  it('22.8: the same text is loaded', async () => {
    await load('data', { first: text.data, second: text.data });
    expect(await rowsOf('target')).toEqual({ n: 50 });
    expect(await cluster.sql('target', 'SELECT * FROM seen')).toEqual([]);
  });

  it('43: the answer was lost, and it runs again: rows alone are there once, and a trigger has not fired for them', async () => {
    const all = 'SELECT id, what FROM orders ORDER BY id';
    const before = await cluster.sql('target', all);
    expect(before).toEqual(await cluster.sql('source', all));
    await load('data', { first: text.data, second: text.data });
    expect(await cluster.sql('target', all)).toEqual(before);
    expect(await cluster.sql('target', 'SELECT * FROM seen')).toEqual([]);
    expect(await firing()).toEqual([{ tgenabled: 'A' }]);
  });

  it('43: the answer was lost, and it runs again: a database is created again, with no role and no session of ours beside it', async () => {
    const all = 'SELECT id, what FROM orders ORDER BY id';
    await load('all', { first: text.all, second: text.all });
    await cluster.sql(SCRATCH, "UPDATE orders SET what = 'of the first attempt'");
    await load('all', { first: text.all, second: text.all });
    expect(await cluster.sql(SCRATCH, all)).toEqual(await cluster.sql('source', all));
    const left = await cluster.sql(
      'yugabyte',
      `SELECT rolname AS what FROM pg_roles WHERE rolname LIKE 'kalpa%'
        UNION ALL SELECT datname FROM pg_stat_activity WHERE datname = '${SCRATCH}'`,
    );
    expect(left).toEqual([]);
    await cluster.sql('yugabyte', `DROP DATABASE ${SCRATCH}`);
  });

  it('43: a session of a killed attempt is still in its COPY: the next one ends it, and loads all rows', async () => {
    await load('all', { first: text.all, second: text.all });
    await cluster.sql(SCRATCH, 'ALTER TABLE orders ADD CHECK (id < 0 OR pg_sleep(600) IS NOT NULL) NOT VALID');
    const { host, port, user } = cluster.address;
    const orphan = new Client({ host, port, user, database: SCRATCH, application_name: 'kalpa' });
    orphan.on('error', () => undefined);
    await orphan.connect();
    const ended = orphan.query("INSERT INTO orders VALUES (100, 'late')").catch((error: unknown) => String(error));
    await load('all', { first: text.all, second: text.all });
    expect(await ended).toMatch(/terminat/);
    expect(await rowsOf(SCRATCH)).toEqual({ n: 50 });
    await cluster.sql('yugabyte', `DROP DATABASE ${SCRATCH}`);
  });

  it.each([
    ['is in the middle of its rows', 'SELECT pg_sleep(600)'],
    ['has just been told to commit', 'SELECT pg_sleep(2); COMMIT'],
  ])('43: a session of a killed attempt %s: rows alone are there once all the same', async (_, goesOn) => {
    await cluster.sql('target', 'TRUNCATE orders, seen');
    const { host, port, user } = cluster.address;
    const orphan = new Client({ host, port, user, database: 'target', application_name: 'kalpa' });
    orphan.on('error', () => undefined);
    await orphan.connect();
    const ended = orphan
      .query(`BEGIN; INSERT INTO orders VALUES (1, 'order 1'), (100, 'order 2'); ${goesOn}`)
      .catch((error: unknown) => String(error));
    await until('its rows are there', async () => {
      const asleep = `SELECT FROM pg_stat_activity WHERE application_name = 'kalpa' AND wait_event = 'PgSleep'`;
      return (await cluster.sql('target', asleep)).length > 0;
    });
    await load('data', { first: text.data, second: text.data });
    expect(await ended).toMatch(/terminat/);
    const all = 'SELECT id, what FROM orders ORDER BY id';
    expect(await cluster.sql('target', all)).toEqual(await cluster.sql('source', all));
    expect(await firing()).toEqual([{ tgenabled: 'A' }]);
  });
});
