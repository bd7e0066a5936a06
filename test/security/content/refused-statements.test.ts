import { rolesToCreate } from '../../../src/yugabyte';
import type { QualifiedName } from '../../../src/yugabyte/ysql/session/quote';
import { gateOf } from './gate-of';

const BEGUN = `SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
CREATE DATABASE orders WITH TEMPLATE = template0 ENCODING = 'UTF8';
\\connect orders
CREATE TABLE public.t (a integer);
`;
const ENDED = `
ALTER TABLE public.t OWNER TO app;
`;
const NEVER = { neverRun: 1 };

describe('23.1: refused before anything of it is run:', () => {
  it.each<[string, string, object?]>([
    // what was run against the product
    ['a shell command', '\\! touch /tmp/x', NEVER],
    ['a role of all power', 'CREATE ROLE evil SUPERUSER LOGIN;'],
    ['a program of the server', "COPY public.t TO PROGRAM 'id';"],
    ['another database dropped', 'DROP DATABASE other;'],
    ['output into a program', '\\o |cat > /tmp/x', NEVER],
    // and its relatives
    ['a shell command behind a statement', 'SET row_security = off; \\! id', NEVER],
    ['a shell command inside of a statement', 'CREATE TABLE public.x (a integer\n\\! id\n);', { refused: 3 }],
    ['a shell command behind COPY', 'COPY public.t (a) FROM stdin; \\! id\n1\n\\.'],
    ['a statement behind COPY', 'COPY public.t (a) FROM stdin; DROP DATABASE other;\n1\n\\.'],
    ['backquotes in an echo', '\\echo `id`', NEVER],
    ['backquotes in a set', '\\set use_roles `id`', NEVER],
    ['a variable of its own', '\\set x y', NEVER],
    ['a file of statements', '\\i /etc/passwd', NEVER],
    ['a file of statements beside', '\\ir x.sql', NEVER],
    ['its result as statements', "SELECT 'x' \\gexec", { refused: 2 }],
    ['its result in a program', "SELECT 'x' \\g |sh", { refused: 2 }],
    [
      'its result as variables',
      "SELECT EXISTS(SELECT 1 FROM pg_roles WHERE rolname = 'x') AS role_exists \\gset x",
      { refused: 1 },
    ],
    ['COPY by the client', "\\copy public.t from program 'id'", NEVER],
    ['another directory', '\\cd /', NEVER],
    ['the environment', '\\setenv PAGER sh', NEVER],
    ['another server', '\\connect - - evil.example 5432', NEVER],
    ['another server by its string', '\\connect "host=evil.example dbname=orders"', NEVER],
    ['another database', '\\connect postgres', NEVER],
    ['two commands in a line', '\\else \\\\ \\! id', NEVER],
    ['a condition that ends too often', '\\endif', NEVER],
    ['an end of rows without rows', '\\.', NEVER],
    ['rows from a file', "COPY public.t FROM '/etc/passwd';"],
    ['rows of a query from a file', "COPY public.t FROM PROGRAM 'id';"],
    ['rows into a file', "COPY (SELECT 1) TO '/tmp/x';"],
    ['the configuration of the server', "ALTER SYSTEM SET archive_command = 'id';"],
    ['a function of files', "SELECT pg_catalog.pg_read_file('/etc/passwd');"],
    ['a function in an argument', "SELECT pg_catalog.setval('public.s', length(pg_read_file('x')), true);"],
    [
      'a function in an argument of many',
      `SELECT pg_catalog.binary_upgrade_set_next_pg_type_oid(${'1, '.repeat(6000)}pg_read_file('x'));`,
    ],
    ['another setting by a function', "SELECT pg_catalog.set_config('session_preload_libraries', '/tmp/x', false);"],
    ['another search path by a function', "SELECT pg_catalog.set_config('search_path', 'evil', false);"],
    ['a name in escapes', "SELECT pg_catalog.set_config(E'search\\x5fpath', '', false);"],
    [
      'strings with backslashes by a function',
      "SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);",
    ],
    ['a large object from a file', "SELECT pg_catalog.lo_import('/etc/passwd');"],
    ['any query', 'SELECT public.evil();'],
    ['any DO', "DO $$ BEGIN EXECUTE 'ALTER SYSTEM RESET ALL'; END $$;"],
    [
      'a DO that looks like one of a dump',
      "DO $$\nBEGIN\n  IF EXISTS (SELECT 1 FROM pg_settings WHERE name = 'yb_binary_restore') THEN\n    EXECUTE 'SET yb_other TO false';\n  END IF;\nEND $$;",
    ],
    [
      'a DO with more in it',
      "DO $$\nBEGIN\n  IF EXISTS (SELECT 1 FROM pg_settings WHERE name = 'yb_binary_restore') THEN\n    EXECUTE 'SET yb_binary_restore TO false'; PERFORM evil();\n  END IF;\nEND $$;",
    ],
    ['a DO in another language', 'DO LANGUAGE plpython3u $$ import os $$;'],
    ['a membership', 'GRANT pg_execute_server_program TO app;'],
    ['rights on another database', 'GRANT ALL ON DATABASE other TO app;'],
    ['rights on two databases', 'GRANT ALL ON DATABASE orders, other TO app;'],
    ['settings of another database', "ALTER DATABASE other SET search_path TO 'evil';"],
    ['settings of a role elsewhere', "ALTER ROLE app IN DATABASE other SET search_path TO 'evil';"],
    ['a library for each connection', "ALTER DATABASE orders SET session_preload_libraries TO '/tmp/evil';"],
    ['another name for the database', 'ALTER DATABASE orders RENAME TO x;'],
    ['a copy of another database', 'CREATE DATABASE orders WITH TEMPLATE = other;'],
    ['a second database', 'CREATE DATABASE second;'],
    ['a table dropped', 'DROP TABLE public.t;'],
    ['a table emptied', 'TRUNCATE public.t;'],
    ['a table filled by a query', 'CREATE TABLE public.x AS SELECT public.evil();'],
    ['a view filled at once', 'CREATE MATERIALIZED VIEW public.x AS SELECT public.evil();'],
    ['rows by INSERT', 'INSERT INTO public.t SELECT public.evil();'],
    [
      'code of a file',
      "CREATE FUNCTION public.f() RETURNS integer LANGUAGE c AS '/lib/x86_64-linux-gnu/libc.so.6', 'system';",
    ],
    [
      'code of a file above the libraries',
      "CREATE FUNCTION public.f() RETURNS integer LANGUAGE c AS '$libdir/../x', 'system';",
    ],
    [
      'code of a file in escapes',
      "CREATE FUNCTION public.f() RETURNS integer LANGUAGE c AS E'$libdir/..\\057x', 'system';",
    ],
    [
      'code of a file by a function called language',
      "CREATE FUNCTION public.language() RETURNS integer LANGUAGE c AS '/tmp/x', 'y';",
    ],
    ['a program as a table', "CREATE FOREIGN TABLE public.x (a text) SERVER s OPTIONS (program 'id');"],
    ['a program as a table, later', "ALTER FOREIGN TABLE public.x OPTIONS (ADD program 'id');"],
    ['a subscription that connects', "CREATE SUBSCRIPTION s CONNECTION 'host=evil' PUBLICATION p;"],
    ['a catalog changed', 'UPDATE pg_catalog.pg_proc SET prosecdef = true;'],
    ['a role changed in the catalog', "UPDATE pg_catalog.pg_authid SET rolsuper = true WHERE rolname = 'app';"],
    [
      'another database in the catalog',
      "UPDATE pg_catalog.pg_database SET datfrozenxid = '1' WHERE datname = 'other';",
    ],
    ['a name in the catalog', "UPDATE pg_catalog.pg_database SET datname = 'x' WHERE datname = 'orders';"],
    ['a query in the catalog', "UPDATE pg_catalog.pg_class SET relfrozenxid = (SELECT evil()) WHERE oid = '1';"],
    ['rows of the catalog', 'COPY pg_catalog.pg_auth_members (roleid, member) FROM stdin;\n10\t11\n\\.'],
    ['rows of the catalog by a name alone', 'COPY pg_authid (rolname) FROM stdin;\nx\n\\.'],
    ['rows of what stands for the catalog', 'COPY "information_schema".sql_parts FROM stdin;\n\\.'],
    [
      'strings with backslashes under a condition that does not hold',
      '\\if :use_roles\nSET standard_conforming_strings = off;\n\\endif',
    ],
    [
      'strings without backslashes under a condition',
      '\\if :{?use_roles}\nSET Standard_Conforming_Strings TO on;\n\\endif',
    ],
    ['another encoding', "SET client_encoding = 'SJIS';"],
    ['another role', 'SET ROLE postgres;'],
    ['a setting that no dump has', "SET session_preload_libraries = '/tmp/x';"],
    ['a transaction ended', 'COMMIT;'],
    ['names in Unicode escapes', 'CREATE TABLE public.U&"\\0061" (a integer);'],
    ['prepared statements', 'EXECUTE evil;'],
    ['a lock', 'LOCK TABLE public.t;'],
    ['a comment on a role', "COMMENT ON ROLE postgres IS 'x';"],
    ['a tablespace', "CREATE TABLESPACE x LOCATION '/tmp';"],
    ['notifications', "NOTIFY evil, 'x';"],
    ['a call', 'CALL public.evil();'],
  ])('%s', async (_, text, more = {}) => {
    for (const length of [3, 100_000]) {
      const report = await gateOf(BEGUN + text + ENDED, { length });
      expect(report).toMatchObject({ refused: 1, ...more });
      expect(report.refusals[0]?.line).toBeGreaterThan(6);
    }
  });

  it('what is made before the new database is connected to', async () => {
    const report = await gateOf(`CREATE TABLE public.t (a integer);\n${BEGUN}${ENDED}`);
    expect(report.refusals).toEqual([
      {
        line: 1,
        at: '1',
        statement: 'CREATE TABLE public.t (a integer);',
        because: 'it stands before the new database is connected to',
      },
    ]);
  });

  it('what is not written in UTF-8, and NUL', async () => {
    for (const bytes of [[0x81, 0x5c], [0xff], [0]]) {
      const comment = Buffer.concat([
        Buffer.from("COMMENT ON TABLE public.t IS 'a"),
        Buffer.from(bytes),
        Buffer.from("b';\n"),
      ]);
      const { refused, refusals } = await gateOf(Buffer.concat([Buffer.from(BEGUN), comment, Buffer.from(ENDED)]));
      expect([refused, refusals[0]?.because]).toEqual([1, 'it is not written in UTF-8']);
    }
  });

  it('definitions among rows alone and among roles', async () => {
    const rows = 'COPY public.t (a) FROM stdin;\n1\n\\.\n';
    const of = { content: 'rows' as const, database: 'orders' };
    expect(await gateOf(rows, of)).toMatchObject({ refused: 0 });
    const into = { ...of, rowsInto: ({ schema, name }: QualifiedName) => `${schema}.${name}` === 'public.t' };
    expect(await gateOf(rows, into)).toMatchObject({ refused: 0 });
    for (const other of ['public.users', 'other.t', 'public."T"'])
      expect(await gateOf(`${rows}${rows.replace('public.t', other)}`, into)).toMatchObject({
        refusals: [{ line: 4, because: 'its manifest names no such table' }],
      });
    for (const text of [
      'COPY pg_catalog.pg_authid (rolname) FROM stdin;\nx\n\\.',
      'CREATE TABLE public.x (a integer);',
      'COMMIT;',
      '\\connect orders',
      'GRANT ALL ON TABLE public.t TO app;',
      'ALTER DATABASE orders OWNER TO app;',
      'DROP EXTENSION IF EXISTS x;',
    ])
      expect(await gateOf(`${text}\n${rows}`, of)).toMatchObject({ refused: 1 });
    for (const text of [
      'CREATE TABLE public.x (a integer);',
      'DROP ROLE app;',
      '\\connect postgres',
      'CREATE DATABASE x;',
    ])
      expect(await gateOf(`CREATE ROLE app;\n${text}\n`, { content: 'roles', database: '' })).toMatchObject({
        refused: 1,
      });
  });

  it('and shown without the secrets that stand in it', async () => {
    const [refusal] = (await gateOf(`${BEGUN}ALTER SUBSCRIPTION s CONNECTION 'host=h password=hunter2';\n`)).refusals;
    expect(refusal).toMatchObject({ line: 7, statement: 'ALTER SUBSCRIPTION s CONNECTION [redacted]' });
  });
});

describe('23.1: not run, and no reason to refuse the rest:', () => {
  it.each([
    'ALTER ROLE postgres WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;',
    'ALTER ROLE app WITH NOSUPERUSER;',
  ])('%s', async (text) => {
    expect(await gateOf(`${BEGUN}${text}${ENDED}`)).toMatchObject({ refused: 0, leftOut: [text.slice(0, 120)] });
  });

  it('a DO that would change the database that is connected first', async () => {
    const text =
      "DO $$\nBEGIN\n  IF EXISTS (SELECT 1 FROM pg_settings WHERE name = 'yb_disable_auto_analyze') THEN\n    EXECUTE format('ALTER DATABASE %I SET yb_disable_auto_analyze TO on', current_database());\n  END IF;\nEND $$;\n";
    expect(await gateOf(`${text}${BEGUN}${text}`)).toMatchObject({
      refused: 0,
      leftOut: [expect.stringContaining('DO $$')],
    });
  });
});

it('23.1: code that runs with the rights of the server is named', async () => {
  const { refused, named } = await gateOf(`${BEGUN}
CREATE FUNCTION public.armor(bytea) RETURNS text LANGUAGE c IMMUTABLE STRICT AS '$libdir/pgcrypto', 'pg_armor';
CREATE FUNCTION public.p() RETURNS integer LANGUAGE plpython3u AS $$ return 1 $$;
CREATE FUNCTION public.i(cstring) RETURNS text LANGUAGE internal AS 'textin';
CREATE EXTENSION IF NOT EXISTS plpython3u WITH SCHEMA pg_catalog;
CREATE LANGUAGE plsh;
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.f();
CREATE TRUSTED PROCEDURAL LANGUAGE plperlu;
CREATE OR REPLACE TRUSTED LANGUAGE "plpython3u";
CREATE OR REPLACE TRUSTED PROCEDURAL LANGUAGE plperl;
CREATE CAST (bigint AS text) WITH FUNCTION public.f(bigint);
CREATE CAST (pg_catalog.int8 AS character varying(10)) WITH FUNCTION public.g(bigint) AS IMPLICIT;
CREATE CAST (bigint AS public.money) WITH FUNCTION public.h(bigint) AS IMPLICIT;
CREATE CAST (character varying AS jsonb) WITH INOUT AS ASSIGNMENT;
GRANT ALL ON FUNCTION pg_catalog.pg_read_file(text) TO app;
GRANT SELECT(rolpassword) ON TABLE pg_authid TO PUBLIC;
GRANT ALL ON ALL FUNCTIONS IN SCHEMA public, pg_catalog TO app;
REVOKE ALL ON FUNCTION pg_catalog.pg_read_file(text) FROM app;
GRANT ALL ON FUNCTION public.pg_read_file(text) TO pg_authid;
ALTER FUNCTION pg_catalog.pg_ls_dir(text) OWNER TO app;
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'x', password_required 'false');
CREATE USER MAPPING FOR app SERVER s OPTIONS ("password_required" E'\\x66alse');
CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'x', password 'y', password_required 'true');
`);
  expect(refused).toBe(0);
  expect(named).toEqual([
    'FUNCTION public.armor (language c, $libdir/pgcrypto)',
    'FUNCTION public.p (language plpython3u)',
    'FUNCTION public.i (language internal)',
    'the extension plpython3u, an untrusted language',
    'the untrusted LANGUAGE plsh',
    'EVENT TRIGGER e, which runs at each change of the schema',
    'the untrusted LANGUAGE plperlu',
    'the untrusted LANGUAGE plpython3u',
    'CAST (bigint AS text) by a function, which everybody calls who converts such a value',
    'CAST (pg_catalog . int8 AS character varying ( 10 )) by a function, which everybody calls who converts such a value',
    "rights on pg_catalog.pg_read_file, which are only a superuser's at first",
    "rights on pg_catalog.pg_authid, which are only a superuser's at first",
    "rights on all of pg_catalog, which are only a superuser's at first",
    "rights on pg_catalog.pg_ls_dir, which are only a superuser's at first",
    'the user mapping of public for s, which asks for no password',
    'the user mapping of app for s, which asks for no password',
  ]);
});

it('23.1: roles are made without passwords, and a new superuser is named', () => {
  const dump = `CREATE ROLE app;
ALTER ROLE app WITH SUPERUSER LOGIN PASSWORD 'md5x';
CREATE ROLE plain;
ALTER ROLE plain WITH NOSUPERUSER LOGIN ENCRYPTED PASSWORD 'x' VALID UNTIL 'infinity';
ALTER ROLE postgres WITH SUPERUSER;
`;
  const { sql, warnings } = rolesToCreate(dump, { missing: ['app', 'plain'], there: ['postgres'] });
  expect(sql).toBe(`CREATE ROLE app;
ALTER ROLE app WITH SUPERUSER LOGIN;
CREATE ROLE plain;
ALTER ROLE plain WITH NOSUPERUSER LOGIN VALID UNTIL 'infinity';
`);
  expect(warnings).toEqual([expect.stringMatching(/^Now superusers, as in the backup: app\./)]);
});
