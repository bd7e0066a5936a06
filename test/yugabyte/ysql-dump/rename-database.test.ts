import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DumpRefused } from '../../../src/yugabyte/errors';
import { connectCommand, connectTarget } from '../../../src/yugabyte/ysql-dump/rewrite/connect-command';
import { rewriteDump } from '../../../src/yugabyte/ysql-dump/rewrite/rewrite-dump';
import { scanSql } from '../../../src/yugabyte/ysql-dump/scan/scan-sql';
import { quoteIdentifier } from '../../../src/yugabyte/ysql/session/quote';

const fixture = (dialect: string): string =>
  readFileSync(join(__dirname, '../../fixtures/ysql-dump', dialect, 'schema.sql'), 'utf8');
const renameDatabase = (dump: string, from: string, to: string) => rewriteDump(dump, { rename: { from, to } });
/** A legal database name: no NUL, and no line break (pg_dump itself refuses those). */
const databaseName = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
    fc.string({
      minLength: 1,
      maxLength: 12,
      unit: fc.constantFrom('a', 'B', '"', "'", '\\', ' ', '$', '=', '.', '-', ';', ':', '/', '%', 'é'),
    }),
  )
  .filter((name) => !/[\0\r\n]/.test(name));
const minimal = (name: string, middle = ''): string =>
  `CREATE DATABASE ${quoteIdentifier(name)} WITH TEMPLATE = template0;\n\n${connectCommand(name)}\n\n${middle}\nCREATE TABLE public.t (id integer);\n`;

describe('a new database name', () => {
  it('2.6: is set where the dump names the database, and nowhere else', () => {
    const before = fixture('2.6');
    const { dump, changed } = renameDatabase(before, 'orders', 'kalpa_1');
    expect(changed).toBe(6);
    const differing = before
      .split('\n')
      .map((line, i) => [line, dump.split('\n')[i]])
      .filter(([a, b]) => a !== b);
    expect(differing.map(([, after]) => after)).toEqual([
      `CREATE DATABASE "kalpa_1" WITH TEMPLATE = template0 ENCODING = 'UTF8' LC_COLLATE = 'C' LC_CTYPE = 'en_US.UTF-8';`,
      'ALTER DATABASE "kalpa_1" OWNER TO yugabyte;',
      '\\connect kalpa_1',
      `COMMENT ON DATABASE "kalpa_1" IS 'the shop''s orders; CREATE DATABASE orders is not a statement here';`,
      'REVOKE CONNECT,TEMPORARY ON DATABASE "kalpa_1" FROM PUBLIC;',
      'GRANT CONNECT ON DATABASE "kalpa_1" TO reader;',
    ]);
  });

  it('2025.1: is set in every spelling of an odd name', () => {
    const before = fixture('2025.1');
    const { dump } = renameDatabase(before, 'Odd "name"', 'new\'s "name"');
    const differing = before
      .split('\n')
      .map((line, i) => [line, dump.split('\n')[i] ?? ''])
      .filter(([a, b]) => a !== b);
    expect(differing.map(([, after]) => (after ?? '').trim())).toEqual([
      `CREATE DATABASE "new's ""name""" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LC_COLLATE = 'C' LC_CTYPE = 'en_US.UTF-8' colocation = true;`,
      `ALTER DATABASE "new's ""name""" OWNER TO yugabyte;`,
      `\\connect -reuse-previous=on "dbname='new\\'s ""name""'"`,
      `ALTER DATABASE "new's ""name""" SET work_mem TO '8MB';`,
      `ALTER ROLE app_owner IN DATABASE "new's ""name""" SET statement_timeout TO '5s';`,
      `\\connect -reuse-previous=on "dbname='new\\'s ""name""'"`,
      `GRANT ALL ON DATABASE "new's ""name""" TO app_owner WITH GRANT OPTION;`,
      `SECURITY LABEL FOR sepgsql ON DATABASE "new's ""name""" IS 'secret';`,
    ]);
  });

  it.each([
    ['a statement that drops it', 'DROP DATABASE orders;', /DROP DATABASE statement names/],
    ['a statement that renames it', 'ALTER DATABASE orders RENAME TO later;', /renames the database itself/],
    [
      'a block of code',
      'DO $$ BEGIN EXECUTE format($f$x$f$); ALTER DATABASE orders SET a = 1; END $$;',
      /DO .* names database "orders"/,
    ],
    [
      'a row of the catalog in an unclear form',
      `UPDATE pg_catalog.pg_database SET datallowconn = true WHERE lower(datname) IN ('orders');`,
      /UPDATE .* names database/,
    ],
    [
      'another database',
      'GRANT CONNECT ON DATABASE invoices TO reader;',
      /names database "invoices" instead of "orders"/,
    ],
    ['a connection elsewhere', '\\connect invoices', /connects to database "invoices"/],
    ['an unknown form of connect', '\\connect orders app_owner localhost 5433', /unknown form/],
  ])('is refused for %s', (_what, statement, message) => {
    expect(() => renameDatabase(minimal('orders', statement), 'orders', 'new')).toThrow(DumpRefused);
    expect(() => renameDatabase(minimal('orders', statement), 'orders', 'new')).toThrow(message);
  });

  it('is refused for a dump that does not create its database, or does not connect to it', () => {
    expect(() => renameDatabase('CREATE TABLE public.t (id integer);', 'orders', 'new')).toThrow(/before connecting/);
    expect(() => renameDatabase('SET a = 1;', 'orders', 'new')).toThrow(/does not create database "orders"/);
    expect(() => renameDatabase('CREATE DATABASE orders;\n', 'orders', 'new')).toThrow(/does not connect/);
    expect(() => renameDatabase('\\connect orders\nCREATE DATABASE orders;', 'orders', 'new')).toThrow(
      /before creating it/,
    );
  });

  it('is refused for a dump that was cut short', () => {
    expect(() => renameDatabase(minimal('orders', "COMMENT ON DATABASE orders IS 'no end"), 'orders', 'new')).toThrow(
      /Line 5 .*cut short/,
    );
    expect(() => renameDatabase(minimal('orders', 'DO $x$ no end'), 'orders', 'new')).toThrow(/cut short/);
  });

  it('is set in its row of the catalog', () => {
    const row = (name: string): string =>
      `UPDATE pg_catalog.pg_database SET datistemplate = false WHERE datname = '${name}';`;
    const { dump, changed } = renameDatabase(minimal('orders', row('orders')), 'orders', "it's");
    expect(dump).toContain(row("it''s"));
    expect(changed).toBe(3);
  });

  it.each([
    [`CREATE VIEW public.v AS SELECT d.oid FROM pg_database d WHERE d.datname = 'orders'::name;`, 'VIEW public.v'],
    [`CREATE MATERIALIZED VIEW s.m AS SELECT 'orders'::text AS pg_database WITH NO DATA;`, 'MATERIALIZED VIEW s.m'],
    [`CREATE TABLE public.pg_database (datname text DEFAULT 'orders');`, 'TABLE public.pg_database'],
    [`ALTER TABLE ONLY public.datname ADD CONSTRAINT c CHECK ((datname <> 'orders'));`, 'TABLE public.datname'],
    [`CREATE UNIQUE INDEX i ON public.t USING btree (datname) WHERE (datname = 'orders');`, 'INDEX i ON public.t'],
    [`CREATE POLICY p ON public.t USING ((current_database() = 'orders'));`, 'POLICY p ON public.t'],
    [
      `CREATE FUNCTION s.f() RETURNS oid LANGUAGE sql AS $$ SELECT oid FROM pg_database WHERE datname = 'orders' $$;`,
      'FUNCTION s.f',
    ],
    [`CREATE OR REPLACE FUNCTION s.g(a text DEFAULT 'orders') RETURNS int LANGUAGE sql RETURN 1;`, 'FUNCTION s.g'],
  ])('22.3: stays a constant in %s', (statement, holder) => {
    const { dump, changed, constants } = renameDatabase(minimal('orders', statement), 'orders', 'new');
    expect(dump).toContain(statement);
    expect(changed).toBe(2);
    expect(constants).toEqual([holder]);
  });

  it("22.3: a comment, a user's own table pg_database and other words are no mention at all", () => {
    const more = `COMMENT ON TABLE public.t IS 'orders';
CREATE TABLE public.database (a integer);
CREATE TRIGGER tr BEFORE INSERT ON public.database FOR EACH ROW EXECUTE FUNCTION public.f();
INSERT INTO public.pg_database VALUES ('orders');
CREATE VIEW public.v AS SELECT t.database FROM public.t;`;
    for (const name of ['orders', 'for', 'from', 'FOR'])
      expect(renameDatabase(minimal(name, more), name, 'new')).toMatchObject({ changed: 2, constants: [] });
  });

  it('leaves tables, columns and types of that name alone', () => {
    const more = `CREATE TABLE public.orders (database orders, "DATABASE" text);\nCOMMENT ON TABLE public.orders IS 'orders';\nCREATE VIEW v AS SELECT o.database FROM public.orders o;\nGRANT SELECT ON TABLE public.orders TO orders;`;
    const { dump, changed } = renameDatabase(minimal('orders', more), 'orders', 'new');
    expect(changed).toBe(2);
    expect(dump).toContain(more);
  });

  it('replaces any legal name by any other one, and back to the same bytes', () => {
    fc.assert(
      fc.property(databaseName, databaseName, (from, to) => {
        const statements = [
          'ALTER DATABASE %d OWNER TO a;',
          'COMMENT ON DATABASE %d IS $c$DATABASE %d$c$;',
          'GRANT ALL ON DATABASE %d TO b;',
          'ALTER ROLE c IN DATABASE %d SET x TO 1;',
        ];
        const middle = (name: string): string =>
          statements.map((text) => text.replace('%d', () => quoteIdentifier(name))).join('\n');
        const renamed = renameDatabase(minimal(from, middle(from)), from, to);
        expect(renamed.changed).toBe(6);
        expect(renamed.dump).toBe(minimal(to, middle(to)));
        expect(renameDatabase(renamed.dump, to, from).dump).toBe(minimal(from, middle(from)));
      }),
    );
  });

  it('is never set inside quotes, comments or bodies, whatever they hold', () => {
    const text = fc.string({
      maxLength: 40,
      unit: fc.constantFrom(
        'a',
        "'",
        '"',
        '\\',
        '$',
        ';',
        '-',
        '*',
        '/',
        '\n',
        ' ',
        '(',
        'DATABASE orders',
        'E',
        'CREATE DATABASE orders;',
        '\\connect orders',
      ),
    });
    const tag = fc.constantFrom('$$', '$body$', '$_$');
    const piece = fc.oneof(
      text.map((t) => `SELECT '${t.replaceAll("'", "''")}';`),
      text.map((t) => `SELECT E'${t.replace(/[\\']/g, '\\$&')}';`),
      text.map((t) => `SELECT 1 AS "${t.replaceAll('"', '""')}";`),
      text.map((t) => `-- ${t.replaceAll('\n', ' ')}`),
      text.map((t) => `/* ${t.replace(/[*/]/g, '')} /* nested */ */`),
      fc
        .tuple(text, tag)
        .map(
          ([t, dollar]) =>
            `CREATE FUNCTION f() RETURNS void LANGUAGE sql AS ${dollar}${t.replaceAll('$', '')}${dollar};`,
        ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const middle = pieces.join('\n');
        const { dump, changed } = renameDatabase(minimal('orders', middle), 'orders', 'new');
        expect(changed).toBe(2);
        expect(dump).toContain(middle);
      }),
    );
  });
});

describe('the splitter', () => {
  it('covers a script without gaps: what lies between statements is blank or comment', () => {
    for (const script of [fixture('2.6'), fixture('2025.1')]) {
      let at = 0;
      for (const { start, end } of scanSql(script)) {
        expect(script.slice(at, start)).toMatch(/^(?:\s|--[^\n]*\n)*$/);
        expect(end).toBeGreaterThan(start);
        at = end;
      }
      expect(script.slice(at)).toMatch(/^(?:\s|--[^\n]*\n?)*$/);
    }
  });

  it('keeps BEGIN ATOMIC bodies, rules with several actions, and COPY data whole', () => {
    const script = `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN 1 > 0 THEN 1 END; SELECT 2; END;
CREATE RULE r AS ON DELETE TO t DO (SELECT 1; SELECT 2);
COPY public.t (a) FROM stdin;
CREATE DATABASE orders;
'not closed
\\.
BEGIN; SELECT 1; END;`;
    expect(scanSql(script).map(({ kind, start, end }) => [kind, script.slice(start, end).slice(0, 12)])).toEqual([
      ['sql', 'CREATE FUNCT'],
      ['sql', 'CREATE RULE '],
      ['sql', 'COPY public.'],
      ['data', 'CREATE DATAB'],
      ['sql', 'BEGIN;'],
      ['sql', 'SELECT 1;'],
      ['sql', 'END;'],
    ]);
  });

  it.each([
    ['a parameter', "CREATE FUNCTION nights(begin date) RETURNS int LANGUAGE sql AS 'SELECT 1';"],
    [
      'a column of its result',
      'CREATE FUNCTION s.f() RETURNS TABLE(begin date, "end" date) LANGUAGE sql AS \'SELECT 1\';',
    ],
    [
      'a default with CASE',
      "CREATE PROCEDURE s.f(a int DEFAULT (CASE WHEN true THEN 1 END), begin int) LANGUAGE sql AS '';",
    ],
    ['its own name', "CREATE FUNCTION public.begin() RETURNS int LANGUAGE sql AS 'SELECT 1';"],
    ['its type', "CREATE OR REPLACE FUNCTION s.f(a int) RETURNS begin LANGUAGE sql AS 'SELECT 1';"],
    [
      'a column in its body',
      'CREATE FUNCTION s.f() RETURNS date LANGUAGE sql BEGIN ATOMIC SELECT t.begin FROM s.t; SELECT CASE WHEN true THEN (CASE WHEN false THEN 1 END) END; SELECT max(begin) FROM s.t; END;',
    ],
    ['atomic as a name', "CREATE FUNCTION s.atomic(begin int, atomic int) RETURNS int LANGUAGE sql AS 'SELECT 1';"],
    ['a body behind a comment', 'CREATE FUNCTION s.f() RETURNS int BEGIN /* of */ -- it\n ATOMIC SELECT 1; END;'],
  ])('22.1: does not take the word BEGIN as %s for a block', (_what, routine) => {
    const script = `${routine}\nCREATE TABLE public.t (a int);\nSELECT 1;`;
    expect(scanSql(script).map(({ start, end }) => script.slice(start, end))).toEqual([
      routine,
      'CREATE TABLE public.t (a int);',
      'SELECT 1;',
    ]);
  });

  it('reads backslashes in strings as the script itself sets', () => {
    expect(scanSql(`SELECT 'a\\';SELECT 2;`)).toHaveLength(2);
    expect(scanSql(`SET standard_conforming_strings = off;SELECT 'a\\';SELECT 2;';SELECT 3;`)).toHaveLength(3);
  });
});

describe('\\connect', () => {
  it.each([
    ['\\connect orders', 'orders'],
    ['\\c orders', 'orders'],
    ['\\connect "Odd ""name"""', 'Odd "name"'],
    [`\\connect -reuse-previous=on "dbname='it\\'s'"`, "it's"],
    ['\\connect -reuse-previous=on "dbname=orders"', 'orders'],
    ['\\connect -reuse-previous=on "host=elsewhere dbname=orders"', null],
    [`\\connect -reuse-previous=on "dbname='a\u2028b'"`, 'a\u2028b'],
    ['\\connect - someone', null],
    ['\\connect', null],
    ['\\if :use_roles', undefined],
    ['\\copy t from x', undefined],
  ])('%s goes to %j', (line, database) => expect(connectTarget(line)).toBe(database));

  it('reads back every name that it writes', () => {
    fc.assert(fc.property(databaseName, (name) => expect(connectTarget(connectCommand(name))).toBe(name)));
  });
});
