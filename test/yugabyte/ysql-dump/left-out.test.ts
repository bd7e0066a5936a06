import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applied } from '../../../src/yugabyte/ysql-dump/rewrite/edits';
import { leftOut } from '../../../src/yugabyte/ysql-dump/rewrite/left-out';
import { needsOfDump } from '../../../src/yugabyte/ysql-dump/contents/needs-of-dump';
import { scanSql } from '../../../src/yugabyte/ysql-dump/scan/scan-sql';

const without = (sql: string, what: object): string => applied(sql, leftOut(scanSql(sql), what).edits);
const fixture = (dialect: string): string =>
  readFileSync(join(__dirname, '../../fixtures/ysql-dump', dialect, 'schema.sql'), 'utf8');

describe('what names a role', () => {
  /** Statement, the roles in it, and what stays of it without roles. */
  it.each<[string, string[], string?]>([
    ['ALTER TABLE s.t OWNER TO ada;', ['ada']],
    ['ALTER LARGE OBJECT 17 OWNER TO "Ada L";', ['Ada L']],
    ['GRANT SELECT(a),UPDATE ON TABLE s.t TO ada, "Ada L" WITH GRANT OPTION;', ['Ada L', 'ada']],
    ['REVOKE ALL ON SCHEMA public FROM PUBLIC, ada GRANTED BY boss;', ['ada', 'boss']],
    ['GRANT readers TO ada GRANTED BY boss;', ['ada', 'boss', 'readers']],
    ['ALTER DEFAULT PRIVILEGES FOR ROLE ada IN SCHEMA s GRANT SELECT ON TABLES TO readers;', ['ada', 'readers']],
    ['ALTER DEFAULT PRIVILEGES FOR ROLE ada REVOKE ALL ON FUNCTIONS FROM PUBLIC;', ['ada']],
    [`ALTER ROLE ada IN DATABASE orders SET work_mem TO '8MB';`, ['ada']],
    ['CREATE POLICY p ON s.t FOR SELECT TO ada, readers USING ((a > 0));', ['ada', 'readers']],
    [`CREATE USER MAPPING FOR ada SERVER s OPTIONS (user 'x');`, ['ada']],
    [`SET SESSION AUTHORIZATION 'ada';`, ['ada']],
    ['SET SESSION AUTHORIZATION ada;', ['ada']],
    ['SET ROLE ada;', ['ada']],
    ['CREATE SCHEMA s AUTHORIZATION ada;', ['ada'], 'CREATE SCHEMA s ;'],
    ['CREATE SCHEMA AUTHORIZATION ada;', ['ada'], 'CREATE SCHEMA  ada;'],
    [`CREATE DATABASE d WITH OWNER = ada ENCODING = 'UTF8';`, ['ada'], `CREATE DATABASE d WITH  ENCODING = 'UTF8';`],
    [`ALTER DATABASE d SET role TO 'ada';`, ['ada']],
    [
      `CREATE FUNCTION s.f() RETURNS int LANGUAGE sql SET role TO 'ada' SET work_mem TO '1MB' AS $$ SELECT 1 $$;`,
      ['ada'],
      `CREATE FUNCTION s.f() RETURNS int LANGUAGE sql  SET work_mem TO '1MB' AS $$ SELECT 1 $$;`,
    ],
    [`CREATE VIEW s.v AS SELECT 'ada'::regrole AS who;`, ['ada'], `CREATE VIEW s.v AS SELECT 'ada'::regrole AS who;`],
  ])('22.5: %s', (statement, roles, rest = '') => {
    expect(needsOfDump(statement).roles).toEqual(roles);
    expect(without(statement, { roles: true })).toBe(rest);
    expect(without(statement, {})).toBe(statement);
  });

  it.each([
    'REVOKE ALL ON FUNCTION s.f() FROM PUBLIC;',
    'GRANT USAGE ON SCHEMA s TO PUBLIC;',
    'CREATE POLICY p ON s.t USING ((a > 0));',
    'CREATE POLICY p ON s.t TO PUBLIC USING ((a > 0));',
    'CREATE USER MAPPING FOR PUBLIC SERVER s;',
    'SET SESSION AUTHORIZATION DEFAULT;',
    'RESET SESSION AUTHORIZATION;',
    `ALTER ROLE ALL IN DATABASE d SET work_mem TO '8MB';`,
    'CREATE TABLE s.owner (role text, "to" text, authorization_id int);',
    'CREATE VIEW s.v AS SELECT t.owner, t.role FROM s.t;',
    "CREATE FUNCTION s.f() RETURNS void LANGUAGE sql BEGIN ATOMIC UPDATE s.t SET role = 'x'; END;",
    "ALTER TABLE ONLY s.t ALTER COLUMN owner SET DEFAULT 'to';",
    `CREATE FUNCTION s.f() RETURNS void LANGUAGE sql AS 'ALTER TABLE t OWNER TO ada';`,
  ])('22.5: none stands in %s', (statement) => {
    expect(needsOfDump(statement).roles).toEqual([]);
    expect(without(statement, { roles: true })).toBe(statement);
  });

  it.each(['2.6', '2025.1'])(
    '22.5: every role found in a dump of %s is left out: none is named afterwards',
    (dialect) => {
      expect(needsOfDump(fixture(dialect)).roles).not.toEqual([]);
      expect(needsOfDump(without(fixture(dialect), { roles: true })).roles).toEqual([]);
    },
  );

  it.each<[string, string[] | undefined]>([
    [`CREATE VIEW s.v AS SELECT 'ada'::regrole AS who;`, ['ada']],
    [`CREATE TABLE s.t (a oid DEFAULT ('"Ada L"'::pg_catalog.regrole)::oid);`, ['Ada L']],
    [`CREATE POLICY p ON s.t USING ((owner = 'ada'::regrole));`, ['ada']],
    [`CREATE VIEW s.v AS SELECT '{ada,"\\"Ada L\\"",0}'::regrole[] AS who;`, ['Ada L', 'ada']],
    [`CREATE FUNCTION s.f() RETURNS regrole LANGUAGE sql RETURN 'ada'::regrole;`, ['ada']],
    ["CREATE FUNCTION s.f() RETURNS text LANGUAGE sql AS $$ SELECT 'ada'::regrole $$;", undefined],
    [`CREATE POLICY p ON s.t TO readers USING ((owner = 'ada'::regrole));`, undefined],
    [`CREATE VIEW s.v AS SELECT '-'::regrole, 'ada'::regclass;`, undefined],
  ])("22.5: the roles that can't be left out of %s are known", (statement, constants) => {
    expect(needsOfDump(statement).roleConstants).toEqual(constants);
  });

  it('22.5: what is lost besides owners and privileges is reported', () =>
    expect(
      leftOut(
        scanSql(`ALTER TABLE s.t OWNER TO ada; GRANT SELECT ON s.t TO ada; CREATE POLICY p ON s.t TO ada;
          CREATE USER MAPPING FOR ada SERVER x; ALTER ROLE ada IN DATABASE d SET work_mem TO '1MB';`),
        { roles: true },
      ).losses,
    ).toEqual(['POLICY p ON s.t', 'USER MAPPING FOR ada', 'settings of role ada']));
});

describe('what names a tablespace', () => {
  it.each<[string, string[], string?]>([
    ['SET default_tablespace = fast;', ['fast']],
    [`SET default_tablespace = 'Fast one';`, ['Fast one']],
    [
      'CREATE TABLE s.t (a int PRIMARY KEY USING INDEX TABLESPACE fast) TABLESPACE slow;',
      ['fast', 'slow'],
      'CREATE TABLE s.t (a int PRIMARY KEY ) ;',
    ],
    [
      'CREATE INDEX i ON s.t USING lsm (a) TABLESPACE fast WHERE (a > 0);',
      ['fast'],
      'CREATE INDEX i ON s.t USING lsm (a)  WHERE (a > 0);',
    ],
    [
      'CREATE MATERIALIZED VIEW s.m TABLESPACE fast AS SELECT 1;',
      ['fast'],
      'CREATE MATERIALIZED VIEW s.m  AS SELECT 1;',
    ],
    [
      'ALTER TABLE ONLY s.t ADD CONSTRAINT c UNIQUE (a) USING INDEX TABLESPACE fast;',
      ['fast'],
      'ALTER TABLE ONLY s.t ADD CONSTRAINT c UNIQUE (a) ;',
    ],
    [
      'CREATE DATABASE d WITH TEMPLATE = template0 TABLESPACE = fast;',
      ['fast'],
      'CREATE DATABASE d WITH TEMPLATE = template0 ;',
    ],
    ['ALTER DATABASE d SET TABLESPACE fast;', ['fast']],
  ])('%s', (statement, tablespaces, rest = '') => {
    expect(needsOfDump(statement).tablespaces).toEqual(tablespaces);
    expect(without(statement, { tablespaces: true })).toBe(rest);
  });

  it.each([
    `SET default_tablespace = '';`,
    'CREATE TABLE s.t (a int) TABLESPACE pg_default;',
    'CREATE VIEW s.v AS SELECT t.tablespace FROM s.t;',
    'CREATE MATERIALIZED VIEW s.m AS SELECT t.tablespace, t.a FROM s.t;',
    'CREATE TABLE s.tablespace (tablespace text);',
    'CREATE INDEX i ON s.tablespace USING lsm (tablespace);',
  ])('22.1: the word is a name in %s', (statement) => {
    expect(needsOfDump(statement).tablespaces).toEqual([]);
    expect(without(statement, { tablespaces: true })).toBe(statement);
  });
});
