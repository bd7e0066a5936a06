import { cqlStatements, type Yugabyte } from '../../yugabyte';
import { digestOf, type Content } from './content';

/**
 * Every type, collections, a user-defined type, static columns, indexes of each kind, clustering columns, and a table
 * without transactions.
 */
const PIECES: readonly { what: string; short?: true; cql: (keyspace: string) => string }[] = [
  {
    what: 'user-defined type, collections, transactions, a covering index',
    short: true,
    cql: (k) => `
      CREATE TYPE ${k}.address (street text, zip int);
      CREATE TABLE ${k}.customers (id int PRIMARY KEY, name text, home frozen<address>, tags set<text>, marks map<text, int>, names list<text>) WITH transactions = {'enabled': 'true'};
      CREATE INDEX customers_by_name ON ${k}.customers (name) INCLUDE (tags);
      ${Array.from({ length: 30 }, (_, i) => `INSERT INTO ${k}.customers (id, name, home, tags, marks, names) VALUES (${i}, 'N${i} 顧客', {street: 'Elm ${i}', zip: ${i}}, {'a', 'b'}, {'x': ${i}}, ['q', 'r']);`).join(' ')}
      INSERT INTO ${k}.customers (id, name) VALUES (100, ''); INSERT INTO ${k}.customers (id, name) VALUES (101, 'Bo''b "and" a\\b, c');`,
  },
  {
    what: 'clustering, static columns',
    cql: (k) => `
      CREATE TABLE ${k}.orders (customer int, placed timestamp, total double, note text STATIC, PRIMARY KEY (customer, placed)) WITH CLUSTERING ORDER BY (placed DESC);
      ${Array.from({ length: 20 }, (_, i) => `INSERT INTO ${k}.orders (customer, placed, total) VALUES (${i % 4}, '2026-01-${String(i + 1).padStart(2, '0')} 03:04:05+0000', ${i}.1234567890123);`).join(' ')}
      INSERT INTO ${k}.orders (customer, note) VALUES (1, 'static');`,
  },
  {
    what: 'every type',
    short: true,
    cql: (k) => `
      CREATE TABLE ${k}.every_type (id bigint PRIMARY KEY, small smallint, tiny tinyint, exact decimal, whole varint, single float, twice double, yes boolean, raw blob, day date, clock time, moment timestamp, address inet, key uuid, made timeuuid);
      INSERT INTO ${k}.every_type (id, small, tiny, exact, whole, single, twice, yes, raw, day, clock, moment, address, key, made) VALUES (1, 2, 3, 1.50, 12345678901234567890, 0.5, 0.1, true, 0xcafe, '2026-01-02', '03:04:05', '2026-01-02 03:04:05+0000', '10.1.2.3', 6ba7b810-9dad-11d1-80b4-00c04fd430c8, 6ba7b810-9dad-11d1-80b4-00c04fd430c8);
      INSERT INTO ${k}.every_type (id) VALUES (2);`,
  },
  {
    what: 'jsonb',
    cql: (k) =>
      `CREATE TABLE ${k}.documents (id int PRIMARY KEY, body jsonb); INSERT INTO ${k}.documents (id, body) VALUES (1, '{"a": [1, 2], "b": null}');`,
  },
  { what: 'unique index', cql: (k) => `CREATE UNIQUE INDEX customers_unique ON ${k}.customers (name, id);` },
  { what: 'partial index', cql: (k) => `CREATE INDEX customers_partial ON ${k}.customers (name) WHERE id > 10;` },
  { what: 'an empty table', cql: (k) => `CREATE TABLE ${k}.nothing_here (id int PRIMARY KEY);` },
];

/** Fills a keyspace piece by piece, leaving out what is refused. `short`: only some of the pieces. */
export async function makeWideKeyspace(
  yugabyte: Yugabyte,
  keyspace: string,
  { short = false }: { short?: boolean } = {},
): Promise<{ made: string[]; leftOut: { what: string; because: string }[] }> {
  const result = { made: [] as string[], leftOut: [] as { what: string; because: string }[] };
  for (const { what, cql } of PIECES.filter((piece) => !short || piece.short)) {
    try {
      await yugabyte.cql.define(cqlStatements(cql(keyspace)).map(({ text }) => text));
      result.made.push(what);
    } catch (error) {
      result.leftOut.push({
        what: `keyspace: ${what}`,
        because: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return result;
}

/**
 * Definitions as the shell describes them, and the rows of each table with a digest. Rows are read over the native
 * protocol, which the workflows do not use for comparing; by the shell where a table has `jsonb`, which the driver does
 * not know.
 */
export async function contentOfKeyspace(yugabyte: Yugabyte, keyspace: string): Promise<Content> {
  const described = (await yugabyte.cql.describeKeyspace(keyspace)).replaceAll(keyspace, '<this keyspace>');
  const content: Content = {};
  for (const statement of described.split(/;\s*$/m)) {
    const [, name] = /CREATE\s+(\w+(?:\s+\w+)?\s+\S+)/.exec(statement) ?? [];
    if (name !== undefined) content[name] = statement.trim();
  }
  const tables = [...described.matchAll(/^CREATE TABLE <this keyspace>\.("?\w+"?) \(([^;]*)/gm)];
  for (const [, table = '', columns = ''] of tables)
    content[`rows of ${table}`] = digestOf(
      / jsonb\b/.test(columns)
        ? await printedRows(yugabyte, keyspace, table)
        : (await yugabyte.cql.readRows(keyspace, table)).map((row) => JSON.stringify(row)),
    );
  return content;
}

async function printedRows(yugabyte: Yugabyte, keyspace: string, table: string): Promise<string[]> {
  const pieces: Buffer[] = [];
  await yugabyte.cql.copyTable({ keyspace, table }, async (printed) => {
    for await (const piece of printed) pieces.push(piece);
  });
  return Buffer.concat(pieces)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}
