import type { Client, WorkflowHandle } from '@temporalio/client';
import type { DumpDatabaseResult, LoadDumpResult } from '../../src/contract';
import { leftovers } from '../support/cluster/cluster-state';
import { startExtraWorker, type ExtraWorker } from '../support/cluster/extra-worker';
import { newDatabase } from '../support/cluster/new-database';
import { contentOf, withSql } from '../support/cluster/sql';
import { guardianEnd } from '../support/cluster/watch-run';
import { start, stackJson, temporalClient, until } from '../support/stack';

const CLUSTER = 'loads';
const ROWS = 4_000;
/** While there is a role of this name, the COPY of a load stops in its middle, asleep for longer than any test. */
const SLOW = `slow_${process.pid}`;
const CONTENT = `
  CREATE FUNCTION patient(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    IF n = ${ROWS / 2} AND EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '${SLOW}') THEN PERFORM pg_catalog.pg_sleep(600); END IF;
    RETURN true;
  END $$;
  CREATE TABLE entries (id serial PRIMARY KEY, note text NOT NULL, CHECK (patient(id)));
  INSERT INTO entries (note) SELECT md5(n::text) FROM generate_series(1, ${ROWS}) n;
`;

const stack = stackJson();
let client: Client;
let worker: ExtraWorker;
let source: string;
let whole: string;
let schema: string;
let rows: string;

const startWorker = async (): Promise<void> => {
  worker = await startExtraWorker(stack, 'loads', { config: { cluster: CLUSTER } });
};
const run = async <T>(type: string, input: object): Promise<T> =>
  (await (await start(client, type, input, CLUSTER)).result()) as T;
const dump = async (more: object): Promise<string> =>
  (await run<DumpDatabaseResult>('dumpDatabase', { database: `ysql.${source}`, ...more })).dumpId;
const begin = async (id: string, as: string): Promise<WorkflowHandle> =>
  await start(client, 'loadDump', { dump: id, as }, CLUSTER);

/** Every session that is loading rows, and whether it sleeps in the middle of them. */
async function copying(): Promise<{ pid: number; asleep: boolean }[]> {
  return await withSql(stack.ysql, 'yugabyte', async (sql) => {
    const { rows: sessions } = await sql.query<{ pid: number; asleep: boolean }>(
      `SELECT pid, coalesce(wait_event = 'PgSleep', false) AS asleep FROM pg_stat_activity WHERE state = 'active' AND query ILIKE 'COPY %entries%'`,
    );
    return sessions;
  });
}

const server = async (text: string): Promise<unknown[]> =>
  await withSql(stack.ysql, 'yugabyte', async (sql) => (await sql.query<Record<string, unknown>>(text)).rows);

/** What a load must have come to, whatever happened on its way. */
async function expectLoaded(handle: WorkflowHandle, as: string): Promise<void> {
  expect((await handle.result()) as LoadDumpResult).toMatchObject({ database: `ysql.${as}`, rows: ROWS });
  expect(await contentOf(stack.ysql, as)).toEqual(await contentOf(stack.ysql, source));
  expect(await guardianEnd(client, `ysql.${as}`, CLUSTER)).toBe('COMPLETED');
  expect(await copying()).toEqual([]);
  expect(await server(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'kalpa%'`)).toEqual([]);
  expect(await leftovers(stack, CLUSTER)).toEqual([]);
  const { events } = await handle.fetchHistory();
  const attempts = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? []);
  expect(Math.max(...attempts)).toBe(2);
}

/** Dumps, a load that is begun twice and workers that start anew. */
jest.setTimeout(180_000);

beforeAll(async () => {
  client = await temporalClient(stack);
  await startWorker();
  source = await newDatabase(stack, 'loaded', CONTENT);
  whole = await dump({});
  schema = await dump({ schemaOnly: true });
  rows = await dump({ dataOnly: true });
});
afterEach(async () => {
  await server(`DROP ROLE IF EXISTS ${SLOW}`);
});
afterAll(async () => {
  await worker.stop();
  await client.connection.close();
});

describe.each(['a whole database', 'rows alone'] as const)('23: the load of %s', (what) => {
  let as: string;
  let loaded: string;
  /** Rows alone go into a database that is there, empty. */
  async function prepare(name: string): Promise<void> {
    as = `${source}_${name}_${what.slice(0, 1)}`;
    loaded = what === 'rows alone' ? rows : whole;
    if (what === 'rows alone') await run('loadDump', { dump: schema, as });
  }

  it('whose worker is killed in the middle of COPY continues with another, and the session of the first one is ended', async () => {
    await prepare('killed');
    await server(`CREATE ROLE ${SLOW}`);
    const handle = await begin(loaded, as);
    let before: { pid: number; asleep: boolean }[] = [];
    await until('COPY is in its middle', async () => (before = await copying()).some(({ asleep }) => asleep));
    expect(before).toHaveLength(1);
    await worker.stop(); // SIGKILL
    await server(`DROP ROLE ${SLOW}`);
    expect(await copying()).toEqual(before); // the server has not noticed
    await startWorker();
    await expectLoaded(handle, as);
    expect(await server(`SELECT pid FROM pg_stat_activity WHERE pid = ${before[0]!.pid}`)).toEqual([]);
  });
});
