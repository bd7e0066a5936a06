import * as fc from 'fast-check';
import { loadSpeed } from '../../../src/activities/control/content/keyspace-content';
import type { LoadableDump, TablePart } from '../../../src/activities/control/lookup/find-dump';
import { readCql, StatementRefused } from '../../../src/yugabyte';
import { withOptions } from '../../../src/yugabyte/ycql/copy-format';
import { columnType } from '../../../src/yugabyte/ycql/column-type';
import { insertStatement } from '../../../src/yugabyte/ycql/insert-statement';
import { runs } from '../../support/matrix';

const HONEST = `
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '3'} AND durable_writes = true;
CREATE TYPE shop.place (street text, "Zip; code" int);
CREATE TABLE shop.orders (
    id uuid, "it's" text, home frozen<place>, doc jsonb, -- DROP KEYSPACE other;
    tags map<text, frozen<list<int>>>,
    PRIMARY KEY ((id), "it's")
) WITH CLUSTERING ORDER BY ("it's" DESC) AND comment = 'x; DROP KEYSPACE other; it''s' AND default_time_to_live = 0 AND tablets = 3;
CREATE UNIQUE INDEX by_street ON shop.orders ("it's", doc->>'a') INCLUDE (home) WITH transactions = {'enabled': 'true'};
`;
const sent = (text: string, to = 'copy', accept: string[] = []): string[] => {
  const { definitions, refusals } = readCql(text, 'shop', accept);
  const [first] = refusals;
  if (first) throw new StatementRefused(first.line, first.statement, first.because);
  return definitions.map(({ statementIn }) => statementIn(to));
};
const TYPES = new Map([['x', { name: 'x', fields: ['it', 'Zip; code'].map((name) => ({ name, type: 'text' })) }]]);
const insertOf = (type: string, value: string): string =>
  insertStatement(
    { keyspace: 'shop', name: 't' },
    [{ name: 'a', type: columnType(type, TYPES), kind: 'regular' }],
    [value],
  );

it('23.6: definitions are rewritten from what was read, under the new name', () => {
  expect(sent(HONEST).map((statement) => statement.replace(/ +/g, ' '))).toEqual([
    `CREATE KEYSPACE "copy" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '3'} AND durable_writes = true;`,
    `CREATE TYPE "copy".place (street text, "Zip; code" int);`,
    `CREATE TABLE "copy".orders ( id uuid, "it's" text, home frozen<place>, doc jsonb, tags map<text, frozen<list<int>>>, PRIMARY KEY ((id), "it's") ) WITH CLUSTERING ORDER BY ("it's" DESC) AND comment = 'x; DROP KEYSPACE other; it''s' AND default_time_to_live = 0 AND tablets = 3;`,
    `CREATE UNIQUE INDEX by_street ON "copy".orders ("it's", doc->>'a') INCLUDE (home) WITH transactions = {'enabled': 'true'};`,
  ]);
});

describe('23.6: refused before anything of it is run:', () => {
  it.each([
    // what was run against the product
    ['another keyspace dropped', 'DROP KEYSPACE other;'],
    ['a file of statements', "SOURCE '/etc/passwd';"],
    // and their relatives
    ['a file of statements without its end', "SOURCE '/etc/passwd'"],
    ['a file of rows', "COPY shop.orders FROM '/etc/passwd';"],
    ['rows into a file', "COPY shop.orders TO '/tmp/x';"],
    ['output into a file', "CAPTURE '/tmp/x';"],
    ['another keyspace used', 'USE other;'],
    ['a table of another keyspace', 'CREATE TABLE other.t (a int PRIMARY KEY);'],
    ['a table of no keyspace', 'CREATE TABLE t (a int PRIMARY KEY);'],
    ['an index of another keyspace', 'CREATE INDEX i ON other.t (a);'],
    ['a type of another keyspace within a table', 'CREATE TABLE shop.t (a frozen<other.x> PRIMARY KEY);'],
    ['another keyspace made', 'CREATE KEYSPACE other;'],
    ['a role', "CREATE ROLE evil WITH SUPERUSER = true AND LOGIN = true AND PASSWORD = 'x';"],
    ['rights', 'GRANT ALL ON ALL KEYSPACES TO evil;'],
    ['a function', "CREATE FUNCTION shop.f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'x';"],
    ['rows', 'INSERT INTO shop.orders (id) VALUES (uuid());'],
    ['a quote without end', "CREATE TABLE shop.t (a int PRIMARY KEY) WITH comment = 'x;"],
    ['text between dollars', 'CREATE TABLE shop.t (a int PRIMARY KEY) WITH comment = $$x; DROP KEYSPACE other;$$;'],
    ['a statement in a statement', 'CREATE TABLE shop.t (a int PRIMARY KEY) \\; DROP KEYSPACE other;'],
    ['a comment that begins in the middle', 'CREATE TABLE shop.t (a int PRIMARY KEY) WITH x = 1 /* ;'],
  ])('%s', (_, text) => {
    expect(() => sent(`${HONEST}${text}\n`)).toThrow(StatementRefused);
  });

  it.each([
    '1); DROP KEYSPACE other; --',
    '1 2',
    "{'a': 1}); DROP KEYSPACE o; --",
    '[1',
    ']',
    "{'a': 'b}",
    '1--2',
    '/* */1',
    '1;',
    '$$x$$',
    '',
  ])('a field of rows %j that is no value', (value) => {
    for (const type of ['frozen<map<text, int>>', 'list<frozen<x>>', 'set<time>', 'int', 'tuple<int, int>'])
      expect(() => insertOf(type, value)).toThrow(StatementRefused);
    expect(insertOf('text', value)).toBe(`INSERT INTO "shop"."t" ("a") VALUES ('${value.replaceAll("'", "''")}');`);
  });

  it.each<Record<string, number>>([
    { "INGESTRATE = 1 AND ERRFILE = '/tmp/x' AND CHUNKSIZE": 1 },
    { ERRFILE: 1 },
    { CONFIGFILE: 1 },
    { INGESTRATE: 0.5 },
    { CHUNKSIZE: -1 },
    { ingestrate: 1 },
    { constructor: 1 },
  ])('options of rows %j', (load) => {
    const part = { csv: { table: 't', load } } as unknown as TablePart;
    expect(() => loadSpeed(part, { dumpId: 'd' } as LoadableDump)).toThrow(
      expect.objectContaining({ type: 'ContentRefused' }) as Error,
    );
  });
});

it.each([
  ...[
    ['int', '-5'],
    ['double', '1.5E-10'],
    ['double', '-Infinity'],
    ['float', 'NaN'],
    ['blob', '0xcafe'],
    ['uuid', '550e8400-e29b-41d4-a716-446655440000'],
    ['boolean', 'True'],
    ['map<text, int>', "{'it''s; {': 1, 'b': 2}"],
    ['set<int>', '{1, 2}'],
  ].map(([type = '', value = '']) => [type, value, value] as const),
  ['list<frozen<x>>', "[{it: 'x)', Zip; code: null}]", `[{"it": 'x)', "Zip; code": null}]`],
  ['list<frozen<x>>', "[{it: '}]; DROP', field_1_: ''}]", `[{"it": '}]; DROP', "Zip; code": ''}]`],
] as const)('23.6: the value of type %s %s passes', (type, value, sent) => {
  expect(insertOf(type, value)).toBe(`INSERT INTO "shop"."t" ("a") VALUES (${sent});`);
});

it('23.6: options that are pasted are names and constants, whoever asks', () => {
  expect(() => withOptions({ 'X = 1; DROP KEYSPACE other; --': 1 })).toThrow(RangeError);
  expect(withOptions({ NULL: "'; DROP", CHUNKSIZE: 5 })).toBe("WITH NULL = '''; DROP' AND CHUNKSIZE = 5");
});

it('23.6: whatever the text, it is refused or nothing but definitions of the new keyspace is sent', () => {
  const word = fc.constantFrom(
    ...['CREATE', 'KEYSPACE', 'TABLE', 'INDEX', 'ON', 'shop', 'other', '.', ';', '(', ')', "'", '"', '--', '/*', '*/'],
    ...['$$', '\n', 'a int', 'SOURCE', "'x'", 'DROP', '\\', 'WITH', '=', '//', 'CREATE TABLE shop.t (a int)', ' '],
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      let statements: string[] = [];
      try {
        statements = sent(words.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(StatementRefused);
      }
      for (const statement of statements) {
        const bare = statement.replace(/'[^']*'/g, "''").replace(/"(?:[^"]|"")*"/g, '"copy"');
        expect(bare).toMatch(/^CREATE (?:UNIQUE )?(?:KEYSPACE|TYPE|TABLE|INDEX)\s[^;'\\$]*(?:''[^;'\\$]*)*;$/);
        expect(bare).not.toMatch(/--|\/[*/]|\bother\s*\./);
      }
    }),
    { numRuns: runs(10_000, 800) },
  );
});
