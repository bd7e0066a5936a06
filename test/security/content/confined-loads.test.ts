import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptOfDump, splitDump } from '../../../src/yugabyte';
import { openPostgresCluster, type PostgresCluster } from '../../yugabyte/ysql/postgres-cluster';
import { textOf } from '../../yugabyte/ysql/run-dump';

let cluster: PostgresCluster;
const folder = mkdtempSync(join(tmpdir(), 'kalpa-confined-'));
const mark = join(folder, 'mark');

beforeAll(async () => {
  cluster = await openPostgresCluster();
});
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

let loads = 0;
/** Loads a dump of a database as a load does, and returns the scratch name and what the configured role ran. */
async function load(dump: string, from: string): Promise<{ name: string; byServer: Record<string, number> }> {
  const name = `kalpa_${String((loads += 1)).padStart(12, '0')}`;
  const script = scriptOfDump(splitDump(textOf(dump)), { rename: { from, to: name } });
  const { byServer } = await cluster.yugabyte.runScript({
    ...{ script, content: 'database', database: 'yugabyte', makes: name, from, confined: true },
  });
  return { name, byServer };
}

/** Everything that it tries is caught, so that the load continues and the next thing is tried. */
const HOSTILE = `
SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8';
\\connect shop
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
CREATE TABLE public.seen (at text, who name, session name);
CREATE FUNCTION public.evil(at text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.tries(at); END';
CREATE FUNCTION public.tries(at text) RETURNS boolean LANGUAGE plpgsql AS $_$
DECLARE one text;
BEGIN
  INSERT INTO public.seen VALUES (at, current_user, session_user);
  FOREACH one IN ARRAY ARRAY[
    'RESET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION DEFAULT', 'SET SESSION AUTHORIZATION yugabyte',
    'RESET ROLE', 'SET ROLE NONE', 'SET ROLE yugabyte', 'RESET ALL', 'DISCARD ALL',
    'COPY public.seen TO PROGRAM ''touch MARK''', 'COPY public.seen TO ''MARK''', 'CREATE ROLE evil SUPERUSER',
    'ALTER ROLE CURRENT_USER SUPERUSER', 'GRANT yugabyte TO CURRENT_USER', 'GRANT pg_execute_server_program TO CURRENT_USER',
    'ALTER SYSTEM SET archive_command = ''id''', 'DROP DATABASE victim', 'ALTER DATABASE victim RENAME TO mine',
    'SELECT pg_read_file(''/etc/passwd'')', 'ALTER DATABASE shop OWNER TO yugabyte']
  LOOP
    BEGIN
      EXECUTE one;
      INSERT INTO public.seen VALUES (at || ': ' || one, current_user, session_user);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  RETURN true;
END $_$;
CREATE FUNCTION public.fires() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM public.evil('trigger'); RETURN NEW; END $$;
ALTER FUNCTION public.fires() OWNER TO yugabyte;
CREATE FUNCTION public.fires_at_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.evil('event trigger'); END $$;
CREATE DOMAIN public.hostile AS text CONSTRAINT c CHECK (public.evil('domain'));
CREATE TABLE public.t (a integer, b boolean DEFAULT public.evil('default'), c integer, d public.hostile,
  e boolean GENERATED ALWAYS AS (public.evil('generated')) STORED, f public.hostile[] DEFAULT '{x}'::public.hostile[],
  CONSTRAINT checked CHECK (public.evil('check')));
ALTER TABLE public.t OWNER TO yugabyte;
ALTER TABLE public.t OWNER TO yugabyte, ALTER COLUMN c SET DEFAULT (public.evil('never')::integer);
CREATE RULE r AS ON UPDATE TO public.t DO INSTEAD SELECT public.evil('rule');
CREATE TRIGGER fires BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.fires();
CREATE AGGREGATE public.agg(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE MATERIALIZED VIEW public.m AS SELECT public.evil('materialized view') AS x WITH NO DATA;
ALTER MATERIALIZED VIEW public.m OWNER TO yugabyte;
CREATE EVENT TRIGGER watches ON ddl_command_end EXECUTE FUNCTION public.fires_at_ddl();
ALTER EVENT TRIGGER watches ENABLE ALWAYS;
COMMENT ON TABLE public.t IS 'a table';
COPY public.t (a, c, d) FROM stdin;
1	1	x
2	2	y
\\.
CREATE INDEX i ON public.t USING btree (a) WHERE public.evil('index predicate');
CREATE INDEX j ON public.t USING btree ((public.evil('index expression')));
ALTER TABLE ONLY public.t ADD CONSTRAINT later CHECK (public.evil('later check'));
CREATE POLICY p ON public.t USING (public.evil('policy'));
REFRESH MATERIALIZED VIEW public.m;
GRANT SELECT ON TABLE public.t TO PUBLIC;
`.replaceAll('MARK', mark);

it('23.1: no code of a dump runs as the configured role, wherever it stands', async () => {
  await cluster.sql('postgres', 'CREATE DATABASE victim');
  // A statement that would change an owner and evaluate something besides is no change of an owner.
  await expect(load(HOSTILE, 'shop')).rejects.toThrow(/must be|permission denied|not able to SET ROLE/i);
  const { name } = await load(HOSTILE.replace(/^.*'never'.*\n/m, ''), 'shop');

  const seen = (await cluster.sql(name, 'SELECT DISTINCT at, who, session FROM public.seen')) as Record<
    string,
    string
  >[];
  expect(new Set(seen.flatMap(({ who, session }) => [who, session]))).toEqual(new Set([`kalpa_load_${name}`]));
  const places = new Set(seen.map(({ at = '' }) => at.split(':')[0]));
  for (const place of [
    'index expression',
    'index predicate',
    'default',
    'generated',
    'check',
    'later check',
    'domain',
    'trigger',
  ])
    expect([place, places.has(place)]).toEqual([place, true]);
  expect(places.has('event trigger')).toBe(false);
  expect(existsSync(mark)).toBe(false);
  const roles = await cluster.sql('postgres', `SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1`);
  expect(roles).toEqual(
    [{ rolname: 'yugabyte' }, { rolname: `kalpa_load_kalpa_000000000001` }].sort((a, b) =>
      a.rolname < b.rolname ? -1 : 1,
    ),
  );
  expect(await cluster.sql('postgres', `SELECT 1 AS one FROM pg_database WHERE datname = 'victim'`)).toEqual([
    { one: 1 },
  ]);
  // And yet the load is whole: owners, rights and comments are the dump's.
  expect(
    await cluster.sql(
      name,
      `SELECT pg_get_userbyid(relowner) AS owner, has_table_privilege('public', oid, 'SELECT') AS readable, obj_description(oid) AS said
         FROM pg_class WHERE relname = 't'`,
    ),
  ).toEqual([{ owner: 'yugabyte', readable: true, said: 'a table' }]);
  expect(await cluster.sql(name, 'SELECT evtenabled FROM pg_event_trigger')).toEqual([{ evtenabled: 'A' }]);

  // What a load that was refused has left goes with its database.
  await cluster.yugabyte.sql.dropDatabase('kalpa_000000000001');
  expect(await cluster.sql('postgres', `SELECT 1 FROM pg_roles WHERE rolname LIKE 'kalpa_load%'`)).toEqual([]);
});

it('23.1: what was loaded that way is the same as its source, owners and rights too', async () => {
  await cluster.sql('postgres', 'CREATE DATABASE every_kind CONNECTION LIMIT 7');
  const run = (tool: string, ...args: string[]): string => {
    const { host, port, user } = cluster.address;
    return execFileSync(join(cluster.postgres.bin, tool), ['-h', host, '-p', String(port), '-U', user, ...args], {
      ...{ maxBuffer: 1 << 28, encoding: 'utf8' as const, stdio: ['ignore', 'pipe', 'inherit'] },
    });
  };
  for (const file of ['every-kind-of-roles.sql', 'every-kind.sql']) {
    const sql = readFileSync(join(__dirname, file), 'utf8').replaceAll('"every ""kind"" of"', 'every_kind');
    execFileSync(
      join(cluster.postgres.bin, 'psql'),
      [
        '-X',
        '-q',
        '-v',
        'ON_ERROR_STOP=1',
        '-h',
        cluster.address.host,
        '-p',
        String(cluster.address.port),
        '-U',
        'yugabyte',
        '-d',
        'every_kind',
      ],
      { input: sql, stdio: ['pipe', 'ignore', 'inherit'] },
    );
  }
  const source = run('pg_dump', '--create', '-d', 'every_kind');
  const { name, byServer } = await load(source, 'every_kind');
  const loaded = run('pg_dump', '--create', '-d', name).replaceAll(name, 'every_kind');
  const lines = (text: string): string[] => text.split('\n').filter((line) => !/^\\(?:un)?restrict /.test(line));
  expect(lines(loaded)).toEqual(lines(source));
  expect(byServer).toMatchObject({
    'ALTER … OWNER TO': expect.any(Number) as number,
    GRANT: expect.any(Number) as number,
  });
  expect(await cluster.sql('postgres', `SELECT rolname FROM pg_roles WHERE rolname LIKE 'kalpa_load%'`)).toEqual([]);
});
