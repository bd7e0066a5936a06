import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'cassandra-driver';
import { splitStatements } from '../../../emulator/cql/language/tokens';
import type { StackJson } from '../../../stack/stack-json';

const run = promisify(execFile);

/** Runs CQL, and returns what `ycqlsh` prints of it; statements that print nothing go without the shell. */
export async function cql(stack: Pick<StackJson, 'tools' | 'ycql'>, text: string): Promise<string> {
  const statements = splitStatements(text).map((one) => one.text);
  if (statements.some((one) => /^\s*(?:select|copy|desc)/i.test(one)))
    return await inHome(async (home) => await shell(stack, text, home));
  await withCql(stack, async (client) => {
    for (const statement of statements) await client.execute(statement);
  });
  return '';
}

/** Runs statements on one connection, closed afterwards. */
export async function withCql<T>({ ycql }: Pick<StackJson, 'ycql'>, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    contactPoints: [`${ycql.host}:${ycql.port}`],
    localDataCenter: 'datacenter1',
    pooling: { heartBeatInterval: 0 },
    isMetadataSyncEnabled: false,
  });
  try {
    return await work(client);
  } finally {
    await client.shutdown();
  }
}

/** Tables as `COPY TO` writes them, each with its lines sorted. */
export async function copied(
  stack: Pick<StackJson, 'tools' | 'ycql'>,
  tables: readonly string[],
  options = '',
): Promise<string[]> {
  return await inHome(async (home) => {
    const file = (i: number): string => join(home, `${i}.csv`);
    await shell(stack, tables.map((table, i) => `COPY ${table} TO '${file(i)}' ${options};`).join(' '), home);
    return tables.map((_, i) => readFileSync(file(i), 'utf8').split('\r\n').sort().join('\n'));
  });
}

async function inHome<T>(work: (home: string) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'cql-'));
  try {
    return await work(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function shell({ tools, ycql }: Pick<StackJson, 'tools' | 'ycql'>, text: string, home: string): Promise<string> {
  const { stdout } = await run(join(tools, 'ycqlsh'), [ycql.host, String(ycql.port), '-e', text], {
    env: { ...process.env, HOME: home, CQL_HISTORY: join(home, 'history') },
  });
  return stdout;
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
  const tables = ['customers', 'orders'].map((table) => `${name}.${table}`);
  return (await copied(stack, tables, "WITH NULL = '<null>' AND DOUBLEPRECISION = 17")).join('\n');
}
