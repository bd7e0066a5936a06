import type { Client } from '@temporalio/client';
import type {
  BackUpDatabaseResult,
  DumpDatabaseResult,
  LoadDumpResult,
  RestoreDatabaseResult,
} from '../../../src/contract';
import { leftovers } from '../../support/cluster/cluster-state';
import { newDatabase } from '../../support/cluster/new-database';
import { clientAddress, contentOf, quoted, withSql } from '../../support/cluster/sql';
import { start, stackJson, temporalClient, until } from '../../support/stack';

const stack = stackJson();
let client: Client;

beforeAll(async () => {
  client = await temporalClient(stack);
});
afterAll(async () => {
  await client.connection.close();
});

const run = async <T>(type: string, input: object): Promise<T> =>
  (await (await start(client, type, input)).result()) as T;
const asAdmin = async (...statements: string[]): Promise<void> => {
  await withSql(clientAddress(stack), 'yugabyte', async (sql) => {
    for (const statement of statements) await sql.query(statement);
  });
};

it('22.1, 22.3, 22.5, 22.6, 22.11: a template database with words, constants and roles of every kind is backed up, dumped and comes back', async () => {
  const name = await newDatabase(stack, 'selfview');
  const [app, readers, boss] = ['app', 'readers', 'boss'].map((role) => `m_${role}_${name.slice(-8)}`);
  const careful = `m_careful_${name.slice(-8)}`;
  await asAdmin(
    `CREATE ROLE ${app} LOGIN`,
    `CREATE PROFILE ${careful} LIMIT FAILED_LOGIN_ATTEMPTS 3`,
    `ALTER ROLE ${app} PROFILE ${careful}`,
    `CREATE ROLE ${readers}`,
    `CREATE ROLE ${boss}`,
    `GRANT ${readers} TO ${boss} WITH ADMIN OPTION`,
    `SET ROLE ${boss}`,
    `GRANT ${readers} TO ${app}`,
    'RESET ROLE',
    `ALTER DATABASE ${quoted(name)} IS_TEMPLATE true`,
  );
  await withSql(stack.ysql, name, async (sql) => {
    await sql.query(`
      CREATE FUNCTION nights(begin date) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION "begin"() RETURNS int LANGUAGE sql AS 'SELECT 2';
      CREATE TABLE stays (id int PRIMARY KEY, what text DEFAULT '${name}');
      INSERT INTO stays SELECT n FROM generate_series(1, 40) n;
      CREATE VIEW selfview AS SELECT oid FROM pg_database WHERE datname = '${name}';
      ALTER TABLE stays OWNER TO ${app}; ALTER TABLE stays ENABLE ROW LEVEL SECURITY;
      CREATE POLICY mine ON stays TO ${app} USING (true);`);
  });
  const before = await contentOf(stack.ysql, name);
  expect(before['public.stays']?.rows).toBe(40);

  const backup = await run<BackUpDatabaseResult>('backUpDatabase', { database: `ysql.${name}`, fingerprint: 'full' });
  const dump = await run<DumpDatabaseResult>('dumpDatabase', { database: `ysql.${name}` });
  expect(dump).toMatchObject({ tables: 1, rows: 40 });
  await asAdmin(
    `ALTER DATABASE ${quoted(name)} IS_TEMPLATE false`,
    `DROP DATABASE ${quoted(name)} WITH (FORCE)`,
    `DROP ROLE ${app}`,
    `DROP ROLE ${boss}`,
  );

  const copy = `${name}_copy`;
  const loaded = await run<LoadDumpResult>('loadDump', { dump: dump.dumpId, as: copy, roles: 'skip' });
  expect(loaded).toMatchObject({ rows: 40 });
  expect(loaded.warnings).toEqual([
    'Left out with the roles ("roles": "skip"): POLICY mine ON public.stays.',
    expect.stringMatching(`^The constant '${name}'.* in VIEW public.selfview, TABLE public.stays`) as string,
  ]);
  expect(await contentOf(stack.ysql, copy)).toEqual(before);

  const restored = await run<RestoreDatabaseResult>('restoreDatabase', {
    backup: backup.backupId,
    roles: 'create',
    verify: 'full',
  });
  expect(restored.warnings).toEqual([
    expect.stringContaining(`Created the roles ${app}`) as string,
    expect.stringContaining(
      `The membership of ${app} in ${readers} was granted by ${boss}, which does not exist here`,
    ) as string,
  ]);
  expect(await contentOf(stack.ysql, name)).toEqual(before);
  await withSql(stack.ysql, name, async (sql) => {
    const { rows } = await sql.query(
      `SELECT nights(NULL), "begin"(), (SELECT count(*)::int FROM selfview) AS self, pg_has_role('${app}', '${readers}', 'MEMBER') AS member,
         (SELECT rolname FROM pg_roles r JOIN pg_class c ON r.oid = c.relowner WHERE c.relname = 'stays') AS owner,
         (SELECT string_agg(polname, ',') FROM pg_policy) AS policies,
         (SELECT datistemplate FROM pg_database WHERE datname = current_database()) AS template`,
    );
    expect(rows).toEqual([
      { nights: 1, begin: 2, self: 1, member: true, owner: app, policies: 'mine', template: true },
    ]);
  });
  await withSql(clientAddress(stack), 'yugabyte', async (sql) => {
    const { rows } = await sql.query(
      `SELECT p.prfname::text AS profile FROM pg_catalog.pg_yb_role_profile r
         JOIN pg_catalog.pg_yb_profile p ON p.oid = r.rolprfprofile WHERE r.rolprfrole = '${app}'::regrole`,
    );
    expect(rows).toEqual([{ profile: careful }]);
  });
  await until('nothing is left behind', async () => (await leftovers(stack)).length === 0);
  await asAdmin(
    ...[name, copy].flatMap((one) => [
      `ALTER DATABASE ${quoted(one)} IS_TEMPLATE false`,
      `DROP DATABASE ${quoted(one)} WITH (FORCE)`,
    ]),
    `DROP ROLE ${app}`,
    `DROP ROLE ${readers}`,
    `DROP PROFILE ${careful}`,
  );
}, 120_000);
