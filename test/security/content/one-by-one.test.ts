import { SqlConnection } from '../../../src/yugabyte/ysql/session/sql-connection';
import { SqlSession } from '../../../src/yugabyte/ysql/session/sql-session';
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

describe('23.1: statements of a dump', () => {
  const open = async (): Promise<SqlSession> => {
    const { host, port, user } = cluster.address;
    const connection = new SqlConnection({ host, port, user, database: 'yugabyte' }, 10_000);
    return await SqlSession.open(connection, 'yugabyte', {});
  };

  it.each([
    ['SELECT 1; CREATE TABLE public.second (a integer)'],
    ['CREATE TABLE public.first (a integer); CREATE TABLE public.second (a integer);'],
    ["COMMENT ON DATABASE yugabyte IS 'x';; CREATE TABLE public.second (a integer)"],
  ])('23.1: a message with two statements is refused by the server: %s', async (text) => {
    const session = await open();
    try {
      await expect(session.run(text)).rejects.toThrow(/multiple commands/);
      await expect(session.copy(text).end()).rejects.toThrow(/multiple commands/);
    } finally {
      await session.close();
    }
    const made = "SELECT 1 FROM pg_class WHERE relname IN ('first', 'second')";
    expect(await cluster.sql('yugabyte', made)).toEqual([]);
  });

  it('23.1: each of them is a message of its own, also where many stand in one line', async () => {
    const seen: string[] = [];
    const run = jest.spyOn(SqlSession.prototype, 'run').mockImplementation(async (text) => {
      seen.push(text);
      return await Promise.resolve([]);
    });
    const NAME = 'kalpa_00000000000a';
    const dump = `CREATE DATABASE shop WITH TEMPLATE = template0;\n\\connect shop\nCREATE TABLE public.a (x text DEFAULT ';'); CREATE TABLE public.b (x integer);\n`;
    await cluster.sql('postgres', `CREATE DATABASE ${NAME}`);
    try {
      await cluster.yugabyte.runScript({
        ...{ content: 'database', database: 'yugabyte', makes: NAME, from: 'shop' },
        script: scriptOfDump(splitDump(textOf(dump)), { rename: { from: 'shop', to: NAME } }),
      });
    } finally {
      run.mockRestore();
      await cluster.sql('postgres', `DROP DATABASE ${NAME}`);
    }
    expect(seen.slice(1)).toEqual([
      "CREATE TABLE public.a (x text DEFAULT ';');",
      'CREATE TABLE public.b (x integer);',
    ]);
  });
});
