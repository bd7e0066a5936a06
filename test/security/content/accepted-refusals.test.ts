import { createHash } from 'node:crypto';
import {
  contentFinding,
  contentWarnings,
  madeContentWarnings,
} from '../../../src/activities/control/content/content-findings';
import { gateContent } from '../../../src/activities/control/content/gate-content';
import { loadDumpInput, restoreDatabaseInput } from '../../../src/contract';
import { readCql, scriptOfDump, splitDump, StatementRefused } from '../../../src/yugabyte';
import { openPostgresCluster, type PostgresCluster } from '../../yugabyte/ysql/postgres-cluster';
import { textOf } from '../../yugabyte/ysql/run-dump';

/** Lines 5, 6 and twice 7 are refused. */
const DUMP = `SET client_encoding = 'UTF8';
CREATE DATABASE shop WITH TEMPLATE = template0;
\\connect shop
CREATE TABLE public.t (a integer);
CREATE TABLE public.made AS SELECT 1 AS one;
CREATE ROLE made_by_dump;
ALTER DATABASE shop CONNECTION LIMIT 5 ALLOW_CONNECTIONS true; VACUUM public.t;
COPY public.t (a) FROM stdin;
1
\\.
`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const at = (place: string, text = DUMP): string => `${sha256(text)}:${place}`;
const ALL = ['5', '6', '7', '7.2'];

const read = async (text: string, accept?: string[]) =>
  await gateContent(textOf(text), { content: 'database', database: 'shop', accept });

describe('23.1: one refusal is accepted by its own name:', () => {
  it('the failure names each as it is accepted', async () => {
    const report = await read(DUMP);
    expect(report.refusals.map((refusal) => refusal.at)).toEqual(ALL);
    const { message = '' } = contentFinding('The text of x', report) ?? {};
    const [, names = ''] = /"accept": (\[.*\])\.$/.exec(message) ?? [];
    expect(JSON.parse(names)).toEqual(ALL.map((place) => at(place)));
    for (const input of [loadDumpInput, restoreDatabaseInput])
      expect(input.shape.accept.safeParse(JSON.parse(names)).success).toBe(true);
    expect(contentFinding('x', await read(DUMP, JSON.parse(names) as string[]))).toBeUndefined();
  });

  it('what is not accepted by name stays refused', async () => {
    const report = await read(DUMP, [at('5'), at('7.2')]);
    expect(report).toMatchObject({ refused: 2, refusals: [{ at: '6' }, { at: '7' }] });
    expect(report.accepted).toHaveLength(2);
    expect(contentFinding('x', report)).toMatchObject({ type: 'ContentRefused', refused: 2 });
  });

  it.each<[string, string[]]>([
    ['of another text', ALL.map((place) => at(place, `${DUMP}\n`))],
    ['a text as a whole', [sha256(DUMP)]],
    ['a line with nothing refused', [at('4'), at('5.2'), at('7.3')]],
    ['a place that only begins alike', [at('51'), at('5.'), at('05')]],
  ])('%s is not accepted as a name', async (_, accept) => {
    expect(await read(DUMP, accept)).toMatchObject({ refused: 4, accepted: [] });
  });

  it("a shell command has no name, so it can't be accepted", async () => {
    const text = `${DUMP}\\! id\n`;
    const names = [...ALL, '11'].map((place) => at(place, text));
    expect(await read(text, names)).toMatchObject({ refused: 1, neverRun: 1, refusals: [{ at: '11' }] });
  });

  it('a hash without a place is no name', () => {
    const accepts = (name: string): boolean => loadDumpInput.safeParse({ dump: 'd', accept: [name] }).success;
    expect(accepts(at('12.2'))).toBe(true);
    for (const name of [sha256(''), at('0'), at(''), at('1.'), `${at('1')}\n`, at('-1'), at('1').toUpperCase()])
      expect([name, accepts(name)]).toEqual([name, false]);
  });
});

describe('23.1: what was accepted', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await openPostgresCluster();
  });
  afterAll(async () => await cluster.stop());

  const load = async (text: string, accepted: string[], confined: boolean): Promise<void> => {
    const name = 'kalpa_0123456789ab';
    await cluster.yugabyte.sql.dropDatabase(name);
    const script = scriptOfDump(splitDump(textOf(text)), { rename: { from: 'shop', to: name } });
    await cluster.yugabyte.runScript({
      ...{ script, content: 'database', database: 'yugabyte', makes: name, from: 'shop', accepted, confined },
    });
  };

  it.each([true, false])(
    'runs under the new name, as the configured role, and nothing else (confined: %j)',
    async (confined) => {
      const { accepted } = await read(
        DUMP,
        ALL.map((place) => at(place)),
      );
      await load(DUMP, accepted, confined);
      expect(
        await cluster.sql(
          'kalpa_0123456789ab',
          `SELECT one, pg_get_userbyid(relowner) AS owner FROM made, pg_class WHERE relname = 'made'`,
        ),
      ).toEqual([{ one: 1, owner: 'yugabyte' }]);
      expect(
        await cluster.sql('postgres', `SELECT datconnlimit FROM pg_database WHERE datname = 'kalpa_0123456789ab'`),
      ).toEqual([{ datconnlimit: 5 }]);
      await cluster.sql('postgres', 'DROP ROLE made_by_dump');

      for (const [i, line] of ['line 5 ', 'line 6 ', 'line 7 ', 'line 7 '].entries()) {
        await expect(
          load(
            DUMP,
            accepted.filter((_, one) => one !== i),
            confined,
          ),
        ).rejects.toThrow(
          expect.objectContaining({ message: expect.stringContaining(line) as string }) as StatementRefused,
        );
        await cluster.sql('postgres', 'DROP ROLE IF EXISTS made_by_dump');
      }
      // Another statement in the place of an accepted one is another statement.
      await expect(load(DUMP.replace('made_by_dump', 'made_by_dump SUPERUSER'), accepted, confined)).rejects.toThrow(
        StatementRefused,
      );
      expect(await cluster.sql('postgres', `SELECT 1 FROM pg_roles WHERE rolname = 'made_by_dump'`)).toEqual([]);
    },
  );
});

describe('23.1: refusals of a keyspace are accepted likewise:', () => {
  const TEXT = `CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy'};
CREATE TABLE shop.t (a int PRIMARY KEY);
GRANT SELECT ON KEYSPACE shop TO reader;
DROP KEYSPACE other; SOURCE '/etc/passwd';
`;
  const cql = (accept: string[]) => readCql(TEXT, 'shop', accept);

  it('one by one, rewritten, in its place', () => {
    expect(cql([]).refusals.map((refusal) => refusal.at)).toEqual(['3', '4', '4.2']);
    const one = cql([at('3', TEXT)]);
    expect(one).toMatchObject({ refused: 2, neverRun: 1, refusals: [{ at: '4' }, { at: '4.2' }] });
    expect(one.definitions.map(({ statementIn }) => statementIn('copy')).at(-1)).toBe(
      'GRANT SELECT ON KEYSPACE shop TO reader;',
    );
    expect(cql([at('4', TEXT)]).refusals.map((refusal) => refusal.at)).toEqual(['3', '4.2']);
  });

  it('but no command of the shell, and nothing of another text', () => {
    expect(cql([at('4.2', TEXT)])).toMatchObject({ refused: 3 });
    expect(cql(['3', '4', '4.2'].map((place) => at(place, `${TEXT} `)))).toMatchObject({ refused: 3 });
    const all = cql(['3', '4', '4.2'].map((place) => at(place, TEXT)));
    expect(all).toMatchObject({ refused: 1, refusals: [{ at: '4.2' }] });
    // Nothing of it is offered, since not everything can be accepted.
    expect(contentFinding('x', all)?.message).not.toContain('"accept"');
  });
});

it('23.1: a result names functions in C, untrusted languages and what else is trusted with the server', async () => {
  const names = [
    "CREATE FUNCTION public.f() RETURNS text LANGUAGE c AS '$libdir/pgcrypto', 'f';",
    'CREATE FUNCTION public.g() RETURNS text LANGUAGE plpython3u AS $$ return 1 $$;',
    "CREATE FUNCTION public.h(cstring) RETURNS text LANGUAGE internal AS 'textin';",
    'CREATE EXTENSION file_fdw WITH SCHEMA public;',
    'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.f();',
    "CREATE SUBSCRIPTION s CONNECTION 'host=h password=hunter2' PUBLICATION p WITH (connect = false);",
    "ALTER DATABASE shop SET session_preload_libraries TO 'auto_explain';",
  ];
  const begun = DUMP.slice(0, DUMP.indexOf('CREATE TABLE'));
  const [warning = '', ...more] = contentWarnings('The text of x', await read(begun + names.join('\n')));
  expect(warning).toMatch(
    /^The text of x defines code that runs with the rights of the server or beyond the database: FUNCTION public\.f \(language c, \$libdir\/pgcrypto\), FUNCTION public\.g \(language plpython3u\), FUNCTION public\.h \(language internal\), the extension file_fdw, .*, EVENT TRIGGER e, .* and 2 more\. You trust whoever wrote it with that\.$/,
  );
  expect(more).toEqual([]);
  for (const one of names) {
    const report = await read(`${begun}${one}\n`);
    const made = madeContentWarnings('The text of x', report);
    expect(made).toEqual([expect.stringContaining('code that runs with the rights of the server')]);
    expect(contentWarnings('The text of x', report)).toEqual(made);
    expect(made.join()).not.toContain('hunter2');
  }
  expect(contentWarnings('The text of x', await read(begun))).toEqual([]);
});

it('24.4: functions in C that are members of an extension are reported together, and only where they are run', async () => {
  const begun = DUMP.slice(0, DUMP.indexOf('CREATE TABLE'));
  const inC = (name: string, member = true): string =>
    `CREATE FUNCTION public.${name}() RETURNS text LANGUAGE c AS '$libdir/vector', '${name}';\n${member ? `ALTER EXTENSION "vector" ADD FUNCTION public.${name}();\n` : ''}`;
  const report = await read(`${begun}${inC('a')}${inC('b')}ALTER EXTENSION vector ADD TYPE public.t;\n`);
  expect(contentWarnings('The text of x', report)).toEqual([
    'The text of x enters the functions of these extensions in the form that it gives them: vector (2 in C, $libdir/vector). You trust whoever wrote it with that.',
  ]);
  expect(madeContentWarnings('The text of x', report)).toEqual([]);

  // What no extension owns is named, wherever it stands.
  const alone = await read(`${begun}${inC('a')}${inC('b', false)}${inC('c')}${inC('d', false)}`);
  expect(madeContentWarnings('The text of x', alone)).toEqual([
    'The text of x defines code that runs with the rights of the server or beyond the database: FUNCTION public.b (language c, $libdir/vector), FUNCTION public.d (language c, $libdir/vector). You trust whoever wrote it with that.',
  ]);
  const entered =
    "SELECT pg_catalog.binary_upgrade_create_empty_extension('plpython3u', 'pg_catalog', false, '1.0', NULL, NULL, ARRAY[]::pg_catalog.text[]);\n";
  expect(contentWarnings('The text of x', await read(begun + entered)).join()).toContain(
    'the extension plpython3u, an untrusted language',
  );
});
