import { findMarked, makeDatabase } from '../../src/conformance/marked';
import { limitOf, MARKER, nameOf } from '../../src/conformance/names';
import { SqlConnection } from '../../src/yugabyte';
import { openPostgresCluster, type PostgresCluster } from '../yugabyte/ysql/postgres-cluster';

let cluster: PostgresCluster;
let sql: SqlConnection;
beforeAll(async () => {
  cluster = await openPostgresCluster();
  sql = new SqlConnection({ ...cluster.address, database: 'yugabyte' }, 30_000);
});
afterAll(async () => {
  await cluster.stop();
});

const [KILLED, OTHER, OWN, FIRST] = ['0a1b2c3d', '1a1b2c3d', '2a1b2c3d', '3a1b2c3d'] as const;
/** Made, and its process killed before it was marked; then someone does something in it. */
async function unmarked(token: string, what: string, then?: string): Promise<string> {
  const name = nameOf(token, what);
  await cluster.sql('yugabyte', `CREATE DATABASE ${name}`);
  if (then) await cluster.sql(name, then);
  return name;
}

it('24: a database that a run was killed before marking is found by the next start, and no other is', async () => {
  const ours = [nameOf(KILLED, 'wide'), await unmarked(KILLED, 'empty'), await unmarked(OWN, 'first')];
  await makeDatabase(sql, nameOf(KILLED, 'wide'), { token: KILLED });
  const half = `CREATE SCHEMA ${MARKER.schema}; CREATE TABLE ${MARKER.schema}.${MARKER.table} (token text PRIMARY KEY)`;
  ours.push(await unmarked(KILLED, 'half', half));
  const theirs = [
    await unmarked(OTHER, 'empty'), // nothing proves that a run of ours had this token
    await unmarked(KILLED, 'rows', 'CREATE TABLE t (a int)'),
    await unmarked(KILLED, 'schema', 'CREATE SCHEMA mine'),
    await unmarked(KILLED, 'function', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'),
    await unmarked(KILLED, 'type', "CREATE TYPE mood AS ENUM ('ok')"),
    await unmarked(KILLED, 'object', 'SELECT lo_create(0)'),
  ];
  const found = await findMarked(sql, cluster.yugabyte, OWN);
  expect(found.ours.map(({ name }) => name).sort()).toEqual(ours.sort());
  expect(found.unmarked.map(({ name }) => name).sort()).toEqual(theirs.sort());
});

it('24: the next start recognises the first database of a run that was killed before marking it', async () => {
  const name = nameOf(FIRST, 'wide');
  // Killed exactly there: whatever connects to the new database finds its process gone.
  const killed = new Proxy(sql, {
    get: (of, key, receiver) =>
      key === 'use'
        ? async (database: string, ...rest: unknown[]) => {
            if (database === name) throw new Error('killed');
            return await (of.use as (...args: unknown[]) => Promise<unknown>).call(of, database, ...rest);
          }
        : Reflect.get(of, key, receiver),
  });
  await expect(makeDatabase(killed, name, { token: FIRST })).rejects.toThrow('killed');
  const others = nameOf(FIRST, 'chosen_by_somebody');
  await cluster.sql('yugabyte', `CREATE DATABASE ${others} CONNECTION LIMIT ${limitOf(FIRST) + 1}`);
  const filled = nameOf(FIRST, 'filled');
  await cluster.sql('yugabyte', `CREATE DATABASE ${filled} CONNECTION LIMIT ${limitOf(FIRST)}`);
  await cluster.sql(filled, 'CREATE TABLE t (a int)');

  const mine = ({ name: found }: { name: string }): boolean => found.includes(FIRST);
  const found = await findMarked(sql, cluster.yugabyte, OWN);
  expect(found.ours.filter(mine)).toEqual([{ api: 'ysql', name }]);
  expect(found.unmarked.filter(mine).map(({ name: one }) => one)).toEqual([others, filled].sort());
});

it('24: a marked database accepts as many connections as any other', async () => {
  const name = nameOf('4a1b2c3d', 'wide');
  await makeDatabase(sql, name, { token: '4a1b2c3d' });
  const limit = `SELECT datconnlimit FROM pg_database WHERE datname = '${name}'`;
  expect(await cluster.sql('yugabyte', limit)).toEqual([{ datconnlimit: -1 }]);
});
