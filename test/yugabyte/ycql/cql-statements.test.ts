import * as fc from 'fast-check';
import { cqlStatements, createdObject } from '../../../src/yugabyte';
import { inKeyspace } from '../../../src/yugabyte/ycql/cql-statements';

const DESCRIBED = `
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '3'}  AND durable_writes = true;

CREATE TYPE shop.address (
    street text,
    zip int
);

CREATE TABLE shop."Odd; Table" (
    shop int,
    "shop.x" text,
    home frozen<address>,
    PRIMARY KEY (shop)
) WITH comment = 'of shop.x; it''s' AND default_time_to_live = 0
    AND transactions = {'enabled': 'true'};
CREATE UNIQUE INDEX by_home ON shop."Odd; Table" ("shop.x") INCLUDE (home)
    WITH transactions = {'enabled': 'true'};

`;

it('a described keyspace is taken apart at the ends of its statements', () => {
  const statements = cqlStatements(DESCRIBED);
  expect(statements.map(({ text }) => createdObject(text))).toEqual([
    { kind: 'keyspace', name: 'shop' },
    { kind: 'type', name: 'address' },
    { kind: 'table', name: 'Odd; Table' },
    { kind: 'index', name: 'by_home', table: 'Odd; Table' },
  ]);
  expect(statements.map(({ from, to }) => [from, to])).toEqual([
    [2, 2],
    [4, 7],
    [9, 15],
    [16, 17],
  ]);
});

it('only the keyspace gets the other name', () => {
  const renamed = cqlStatements(DESCRIBED).map(({ text }) => inKeyspace(text, 'shop', 'Copy "1"'));
  expect(renamed[0]).toContain('CREATE KEYSPACE "Copy ""1""" WITH');
  expect(renamed[1]).toContain('CREATE TYPE "Copy ""1""".address (');
  expect(renamed[2]).toContain('CREATE TABLE "Copy ""1"""."Odd; Table" (\n    shop int,\n    "shop.x" text,');
  expect(renamed[2]).toContain("PRIMARY KEY (shop)\n) WITH comment = 'of shop.x; it''s'");
  expect(renamed[3]).toContain('ON "Copy ""1"""."Odd; Table" ("shop.x")');
});

it.each([
  ['SELECT 1;', { kind: 'other' }],
  ['CREATE TABLE IF NOT EXISTS a.b (x int PRIMARY KEY);', { kind: 'table', name: 'b' }],
  ['create index on a.b (x);', { kind: 'other' }],
  ['CREATE MATERIALIZED VIEW a.b AS SELECT 1;', { kind: 'other' }],
])('%s', (text, makes) => {
  expect(createdObject(text)).toEqual(makes);
});

it('any keyspace is described under another name as if it had been made there', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'B', '_', '"', '.', ' ', '1'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(name, name, name, name, (from, to, table, column) => {
      fc.pre(from !== to);
      const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
      const described = (keyspace: string): string =>
        [
          `CREATE KEYSPACE ${quoted(keyspace)} WITH durable_writes = true;`,
          `CREATE TYPE ${quoted(keyspace)}.${quoted(table)} (\n    ${quoted(column)} int\n);`,
          `CREATE TABLE ${quoted(keyspace)}.${quoted(table)} (\n    ${quoted(column)} int PRIMARY KEY\n) WITH default_time_to_live = 0;`,
          `CREATE INDEX i ON ${quoted(keyspace)}.${quoted(table)} (${quoted(column)})\n    WITH transactions = {'enabled': 'true'};`,
        ].join('\n\n');
      const normal = (text: string): string =>
        cqlStatements(text)
          .map((statement) => inKeyspace(statement.text, to, to))
          .join('\n');
      const renamed = cqlStatements(described(from))
        .map((statement) => inKeyspace(statement.text, from, to))
        .join('\n');
      expect(normal(renamed)).toBe(normal(described(to)));
    }),
  );
});
