import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { StackJson } from '../../../stack/stack-json';

const run = promisify(execFile);

/** Runs CQL with ycqlsh as a person would. */
export async function cql({ tools, ycql }: StackJson, text: string): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'cql-'));
  try {
    const { stdout } = await run(join(tools, 'ycqlsh'), [ycql.host, String(ycql.port), '-e', text], {
      env: { ...process.env, HOME: home, CQL_HISTORY: join(home, 'history') },
    });
    return stdout;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Tables, an index with included columns, a user-defined type, collections, and values that are easily lost. */
export const shopKeyspace = (name: string): string => `
  CREATE KEYSPACE ${name};
  CREATE TYPE ${name}.address (street text, zip int);
  CREATE TABLE ${name}.customers (id int PRIMARY KEY, name text, home frozen<address>, tags set<text>, marks map<text, int>)
    WITH transactions = {'enabled': 'true'};
  CREATE TABLE ${name}.orders (customer int, placed timestamp, total double, note text, PRIMARY KEY (customer, placed))
    WITH CLUSTERING ORDER BY (placed DESC);
  CREATE INDEX customers_by_name ON ${name}.customers (name) INCLUDE (tags);
  ${Array.from({ length: 20 }, (_, i) => `INSERT INTO ${name}.customers (id, name, home, tags, marks) VALUES (${i}, 'N${i}', {street: 'Elm ${i}', zip: ${i}}, {'a', 'b'}, {'x': ${i}});`).join('\n  ')}
  INSERT INTO ${name}.customers (id, name) VALUES (100, '');
  INSERT INTO ${name}.customers (id, name) VALUES (101, 'Bo''b "and" a\\b, c');
  INSERT INTO ${name}.orders (customer, placed, total, note) VALUES (1, '2026-01-02 03:04:05+0000', 0.1234567890123456, 'a');
  INSERT INTO ${name}.orders (customer, placed, total, note) VALUES (1, '2026-01-03 03:04:05+0000', 2, null);
`;

/** Every value of the tables of `shopKeyspace`, as text. */
export async function contentOfShop(stack: StackJson, name: string): Promise<string> {
  const copy = (table: string): string =>
    `COPY ${name}.${table} TO STDOUT WITH NULL = '<null>' AND DOUBLEPRECISION = 17;`;
  return (await cql(stack, `${copy('customers')} ${copy('orders')}`)).split(/\r?\n/).sort().join('\n');
}
