import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { rewriteDump } from '../../../src/yugabyte';
import { SqlConnection } from '../../../src/yugabyte/ysql/session/sql-connection';
import { SqlSession } from '../../../src/yugabyte/ysql/session/sql-session';
import { runDump } from './run-dump';
import { openPostgresCluster, wrapTools, type PostgresCluster } from './postgres-cluster';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await openPostgresCluster();
});
afterAll(async () => {
  await cluster.stop();
});

/** What would stop a session that loads, counts or verifies, and what SHOW says of it. */
const HINDRANCES: [name: string, value: string][] = [
  ['default_transaction_read_only', 'on'],
  ['statement_timeout', '1ms'],
  ['lock_timeout', '1ms'],
  ['idle_in_transaction_session_timeout', '1ms'],
  ['idle_session_timeout', '300ms'],
  ['search_path', '"traps, inc", pg_catalog'],
  ['row_security', 'on'],
  ['default_transaction_isolation', 'serializable'],
  ['array_nulls', 'off'],
  ['role', 'nobody_at_all'],
];
/** A session that nothing hinders, written down apart from ours. */
async function freely(database: string, text: string): Promise<Record<string, unknown>[]> {
  const options = HINDRANCES.map(([name]) => {
    const free: Record<string, string> = { default_transaction_read_only: 'off', role: 'none' };
    return /isolation|search_path|row_security|array_nulls/.test(name) ? '' : `-c ${name}=${free[name] ?? '0'}`;
  }).join(' ');
  const client = new Client({ ...cluster.address, database, options });
  await client.connect();
  try {
    return ((await client.query(text)) as { rows: Record<string, unknown>[] }).rows;
  } finally {
    await client.end();
  }
}

/** What a database itself sets, for everybody and for one role. */
const settingsOf = async (database: string): Promise<Record<string, unknown>[]> =>
  await freely(
    'postgres',
    `SELECT setrole::regrole::text AS role, setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = '${database}'`,
  );

/** A function that stands before PostgreSQL's own when the path says so, and a policy that hides rows. */
const CONTENT = `
  CREATE SCHEMA "traps, inc";
  CREATE FUNCTION "traps, inc".md5(text) RETURNS text LANGUAGE sql AS $$ SELECT 'caught' $$;
  CREATE FUNCTION "traps, inc".count_all(text) RETURNS text LANGUAGE sql AS $$ SELECT 'caught' $$;
  CREATE TABLE public.notes (id serial PRIMARY KEY, what text, tags text[]);
  INSERT INTO public.notes (what, tags) SELECT 'n' || i, ARRAY[NULL, 'NULL'] FROM generate_series(1, 500) i;
  ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
  CREATE POLICY nothing ON public.notes USING (false);`;

const makers: [string, (database: string, setting: string) => string][] = [
  ['ALTER DATABASE … SET', (database, setting) => `ALTER DATABASE ${database} SET ${setting}`],
  ['ALTER ROLE … SET', (_, setting) => `ALTER ROLE yugabyte SET ${setting}`],
  ['ALTER ROLE … IN DATABASE … SET', (db, setting) => `ALTER ROLE yugabyte IN DATABASE ${db} SET ${setting}`],
];

it.each(makers)(
  '22.2: settings of %s do not affect our sessions that dump, load and count, and stay set',
  async (maker, statement) => {
    const { sql, yugabyte } = cluster;
    await sql('yugabyte', 'CREATE ROLE nobody_at_all');
    await sql('yugabyte', 'CREATE DATABASE ro');
    await sql('ro', CONTENT);
    const table = { schema: 'public', name: 'notes' };
    const content = await yugabyte.sql.fingerprintTable('ro', table);
    try {
      // All at once, in one session that ends before they hold.
      await sql(
        'yugabyte',
        HINDRANCES.map(([name, value]) =>
          statement('ro', `${name} = ${name === 'search_path' ? value : `'${value}'`}`),
        ).join('; '),
      );
      expect(await yugabyte.sql.countRows('ro', table)).toBe(500);
      expect(await yugabyte.sql.fingerprintTable('ro', table)).toEqual(content);

      const chunks: Buffer[] = [];
      await yugabyte.dump.stream({
        database: 'ro',
        content: 'all',
        consume: async (text) => {
          for await (const chunk of text) chunks.push(chunk);
        },
      });
      const { dump } = rewriteDump(Buffer.concat(chunks).toString(), { rename: { from: 'ro', to: 'ro_copy' } });
      await runDump(yugabyte, dump, 'ro_copy');
      expect(await yugabyte.sql.fingerprintTable('ro_copy', table)).toEqual(content);
      expect(
        await yugabyte.sql.setSequences('ro_copy', [
          { ...table, name: 'notes_id_seq', lastValue: '900', isCalled: true },
        ]),
      ).toEqual({ outOfBounds: [] });
      await yugabyte.sql.renameDatabase('ro_copy', 'ro_named');

      expect(await settingsOf('ro_named')).toEqual(await settingsOf('ro'));
      expect(await settingsOf('ro')).toHaveLength(maker.includes('DATABASE') ? 1 : 0);
    } finally {
      await freely('postgres', 'ALTER ROLE yugabyte RESET ALL');
      for (const name of ['ro', 'ro_copy', 'ro_named']) await freely('postgres', `DROP DATABASE IF EXISTS ${name}`);
      await freely('postgres', 'DROP ROLE nobody_at_all');
    }
  },
);

it('22.2: each of our settings is one that the server knows, and holds again after RESET ALL', async () => {
  const { address, sql } = cluster;
  await sql('yugabyte', `ALTER DATABASE yugabyte SET default_transaction_read_only = on`);
  const connection = new SqlConnection({ ...address, database: 'postgres' }, 30_000);
  const session = await SqlSession.open(connection, 'yugabyte', {});
  await session.run('SET default_transaction_read_only = on');
  await session.run('RESET ALL');
  const shown: unknown[] = [];
  for (const what of [
    'SHOW default_transaction_read_only',
    'SHOW search_path',
    'SHOW lock_timeout',
    'SELECT current_user',
  ])
    shown.push(...(await session.run(what)).flatMap((row) => Object.values(row)));
  await session.close();
  expect(shown).toEqual(['off', 'pg_catalog', '0', 'yugabyte']);
  await freely('postgres', 'ALTER DATABASE yugabyte RESET ALL');
});

it('22.2: settings that only some servers know are set where they are known, in the sessions of the tools and in our own', async () => {
  const { sql, yugabyte, tools } = cluster;
  const seen = tools.path('options');
  // As a server of YugabyteDB lists them: one that anybody may set, one that this user may not.
  const [{ definition } = {}] = await sql('yugabyte', `SELECT pg_get_viewdef('pg_catalog.pg_settings') AS definition`);
  const known = String(definition).replace(/;$/, '');
  const more = (name: string, context: string): string =>
    `UNION ALL SELECT '${name}', 'on', NULL, '', '', '', '${context}', 'bool', 'default', NULL, NULL, NULL, 'on', 'on', NULL, NULL, false`;
  const listing = (view: string): string =>
    `SET allow_system_table_mods = on; CREATE OR REPLACE VIEW pg_catalog.pg_settings AS ${view}`;
  try {
    await sql(
      'yugabyte',
      listing(`${known} ${more('yb_read_from_followers', 'user')} ${more('yb_enable_upsert_mode', 'sighup')}`),
    );
    tools.write('ysql_dump', `echo "$PGOPTIONS" > ${seen}`);
    const consume = async (text: AsyncIterable<Buffer>): Promise<void> => {
      for await (const _ of text);
    };
    await yugabyte.dump.stream({ database: 'yugabyte', content: 'all', consume });
    const options = readFileSync(seen, 'utf8');
    expect(options).toContain('-c yb_read_from_followers=off');
    expect(options).toContain('-c idle_session_timeout=0');
    expect(options).toContain('-c TimeZone=UTC');
    expect(options).not.toMatch(/yb_enable_upsert_mode|yb_read_time/);
    await yugabyte.dump.schema({ database: 'yugabyte', file: tools.path('schema.sql') });
    expect(readFileSync(seen, 'utf8')).toContain('-c yb_read_from_followers=off');
  } finally {
    await sql('yugabyte', listing(known));
    wrapTools(tools, cluster.postgres.bin);
  }
  expect(Object.keys(await yugabyte.sql.knownSettings())).not.toContain('yb_read_from_followers');
  await sql('yugabyte', `ALTER DATABASE yugabyte SET idle_session_timeout = '1min'`);
  try {
    const ours = new SqlConnection({ ...cluster.address, database: 'yugabyte' }, 5_000);
    const found = await ours.use('yugabyte', 'look', async (query) => await query('SHOW idle_session_timeout'));
    expect(found).toEqual([{ idle_session_timeout: '0' }]);
  } finally {
    await sql('postgres', 'ALTER DATABASE yugabyte RESET ALL');
  }
});
