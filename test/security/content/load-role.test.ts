import { Client } from 'pg';
import { scriptOfDump, splitDump } from '../../../src/yugabyte';
import { openPostgresCluster, type PostgresCluster } from '../../yugabyte/ysql/postgres-cluster';
import { textOf } from '../../yugabyte/ysql/run-dump';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await openPostgresCluster();
});
afterAll(async () => {
  await cluster.stop();
});

const NAME = 'kalpa_0123456789ab';
const ROLE = `kalpa_load_${NAME}`;
const DUMP = `SET client_encoding = 'UTF8';
CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8';
\\connect shop
CREATE TABLE public.t (a integer);
COPY public.t (a) FROM stdin;
1
2
\\.
`;

type Options = { script?: AsyncIterable<Buffer>; signal?: AbortSignal };
async function load(dump: string, { script = textOf(dump), signal }: Options = {}) {
  const made = scriptOfDump(splitDump(script), { rename: { from: 'shop', to: NAME } });
  return await cluster.yugabyte.runScript({
    ...{ script: made, content: 'database', database: 'yugabyte', makes: NAME, from: 'shop', confined: true },
    ...(signal ? { signal } : {}),
  });
}

/** What there is of a load: its database, its role. */
async function left(): Promise<{ database: boolean; role: boolean }> {
  const is = async (from: string): Promise<boolean> =>
    (await cluster.sql('postgres', `SELECT 1 AS one FROM ${from}`)).length > 0;
  return {
    database: await is(`pg_database WHERE datname = '${NAME}'`),
    role: await is(`pg_roles WHERE rolname = '${ROLE}'`),
  };
}
const NOTHING = { database: false, role: false };
const undo = async (): Promise<{ dropped: boolean }> => await cluster.yugabyte.sql.dropDatabase(NAME);
const rows = async () => await cluster.sql(NAME, 'SELECT array_agg(a ORDER BY a) AS a FROM public.t');

describe('23.1: the role of a load goes with its database:', () => {
  afterEach(async () => {
    await undo();
    expect(await left()).toEqual(NOTHING);
  });

  it('a role whose database was never made', async () => {
    await cluster.sql('postgres', `CREATE ROLE ${ROLE}`);
    expect(await undo()).toEqual({ dropped: false });
    expect(await left()).toEqual(NOTHING);
  });

  it('a role that is left when its database is gone, with rights elsewhere', async () => {
    await load(DUMP);
    await cluster.sql('postgres', `CREATE ROLE ${ROLE}; GRANT CREATE ON TABLESPACE pg_default TO ${ROLE}`);
    await cluster.sql('postgres', `DROP DATABASE ${NAME}`);
    expect(await undo()).toEqual({ dropped: false });
    expect(await left()).toEqual(NOTHING);
  });

  it('a role that is gone while its database is there', async () => {
    await load(DUMP);
    expect(await left()).toEqual({ database: true, role: false });
    expect(await undo()).toEqual({ dropped: true });
  });

  it('a database that someone uses keeps its role, until both can go', async () => {
    await load(DUMP);
    await cluster.sql('postgres', `CREATE ROLE ${ROLE}; ALTER DATABASE ${NAME} OWNER TO ${ROLE}`);
    const other = new Client({ ...cluster.address, database: NAME });
    await other.connect();
    try {
      await expect(cluster.yugabyte.sql.dropDatabase(NAME, { inUseMs: 0 })).rejects.toThrow(/is in use/);
      expect(await left()).toEqual({ database: true, role: true });
    } finally {
      await other.end();
    }
    expect(await undo()).toEqual({ dropped: true });
  });

  it('a load that is cancelled half-way, undone twice', async () => {
    const cancelled = new AbortController();
    async function* halfOf(): AsyncGenerator<Buffer> {
      yield Buffer.from(DUMP.slice(0, DUMP.indexOf('2\n')));
      cancelled.abort();
      await Promise.resolve();
      yield Buffer.from('2\n');
    }
    await expect(load(DUMP, { script: halfOf(), signal: cancelled.signal })).rejects.toThrow();
    expect(await left()).toEqual({ database: true, role: true });
    expect(await undo()).toEqual({ dropped: true });
    expect(await left()).toEqual(NOTHING);
    expect(await undo()).toEqual({ dropped: false });
  });

  it('a load whose process was killed while the server still works for it', async () => {
    await load(DUMP);
    await cluster.sql('postgres', `CREATE ROLE ${ROLE} LOGIN; ALTER DATABASE ${NAME} OWNER TO ${ROLE}`);
    const orphan = new Client({ ...cluster.address, user: ROLE, database: NAME, application_name: 'kalpa' });
    orphan.on('error', () => undefined);
    await orphan.connect();
    const ended = orphan.query('SELECT pg_sleep(600)').catch((error: unknown) => String(error));
    expect(await undo()).toEqual({ dropped: true });
    expect(await ended).toMatch(/terminat/);
    expect(await left()).toEqual(NOTHING);
  });

  it('an attempt that follows one whose answer was lost, or that stopped with its role made', async () => {
    await load(DUMP);
    await cluster.sql('postgres', `CREATE ROLE ${ROLE} SUPERUSER`);
    await undo(); // as each attempt begins
    await load(DUMP);
    expect(await rows()).toEqual([{ a: [1, 2] }]);
    expect(await left()).toEqual({ database: true, role: false });
  });

  it('a role of that name that is there is made what it must be', async () => {
    await cluster.sql('postgres', `CREATE ROLE ${ROLE} SUPERUSER CREATEROLE NOLOGIN`);
    const seen = `CREATE FUNCTION public.who() RETURNS text LANGUAGE sql AS 'SELECT rolsuper::text FROM pg_catalog.pg_roles WHERE rolname = current_user';
CREATE TABLE public.seen (super text DEFAULT public.who(), a integer);
COPY public.seen (a) FROM stdin;
1
\\.
`;
    await load(DUMP + seen);
    expect(await cluster.sql(NAME, 'SELECT super FROM public.seen')).toEqual([{ super: 'false' }]);
  });
});

it('23.1: LEAKPROOF functions are made by the owner, and said to be so by the configured role', async () => {
  const { byServer } = await load(`${DUMP}
CREATE FUNCTION public."F x"(a integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION public."F x"(a text, b integer DEFAULT 1) RETURNS boolean LANGUAGE plpgsql IMMUTABLE LEAKPROOF AS 'BEGIN RETURN true; END';
ALTER FUNCTION public."F x"(a text, b integer) OWNER TO yugabyte;
CREATE FUNCTION public.leakproof(a text) RETURNS boolean LANGUAGE sql IMMUTABLE NOT LEAKPROOF RETURN true;
CREATE FUNCTION public.body(a text) RETURNS boolean LANGUAGE sql STRICT LEAKPROOF RETURN (a = 'LEAKPROOF'::text);
`);
  expect(byServer).toMatchObject({ 'CREATE FUNCTION': 2 });
  expect(
    await cluster.sql(
      NAME,
      `SELECT oid::regprocedure::text AS f, proleakproof AS is, pg_get_userbyid(proowner) AS owner FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`,
    ),
  ).toEqual([
    { f: '"F x"(integer)', is: false, owner: 'yugabyte' },
    { f: '"F x"(text,integer)', is: true, owner: 'yugabyte' },
    { f: 'body(text)', is: true, owner: 'yugabyte' },
    { f: 'leakproof(text)', is: false, owner: 'yugabyte' },
  ]);
  await undo();
});

describe('24.7: of statements that fail,', () => {
  afterEach(async () => void (await undo()));
  const reset = 'REVOKE ALL ON FUNCTION pg_catalog.pg_stat_statements_reset() FROM PUBLIC;\n';

  it('those that are known to be harmless are left out, and named', async () => {
    const { harmless } = await load(
      `${DUMP}SET transaction_timeout = 0;\n${reset}CREATE TABLE public.after (a integer);\n`,
    );
    expect(harmless).toEqual([
      expect.stringMatching(
        /^Line 9 of the dump was left out, SET transaction_timeout = 0;: .*unrecognized.*no such limit/,
      ),
      expect.stringMatching(/^Line 10 .*pg_stat_statements_reset.* does not exist.* other arguments/),
    ]);
    expect(await cluster.sql(NAME, `SELECT to_regclass('public.after') IS NOT NULL AS made`)).toEqual([{ made: true }]);
  });

  it.each([
    ['the same failure of another function', reset.replace('_reset', '_other')],
    ['the same function in another schema', reset.replace('pg_catalog', 'public')],
    [
      'another statement about the same function',
      reset.replace(/^REVOKE ALL ON.*/, "COMMENT ON FUNCTION pg_catalog.pg_stat_statements_reset() IS 'x';"),
    ],
    ['another value of the same setting', 'SET transaction_timeout = 1;\n'],
    ['another unknown setting', 'SET yb_binary_restore = maybe;\n'],
  ])('%s stops the load', async (_, statement) => {
    await expect(load(`${DUMP}${statement}`)).rejects.toThrow();
  });
});
