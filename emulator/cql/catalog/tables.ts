import type { Client, ClientBase } from 'pg';
import { quoted } from '../../postgres/connect';
import { EXPIRES, keyOf, neededTypes, parseDefinition, type CqlIndex, type CqlTable } from './definition';
import { tableNotFound } from '../errors';
import { storageType, typeOf, type UserType } from '../values/types';

export const sqlTable = (name: string): string => `public.${quoted(name)}`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** PostgreSQL's statements for a new table, without its indexes. */
function createSql(name: string, table: CqlTable): string {
  const columns = table.columns.map((column) => `${quoted(column.name)} ${storageType(typeOf(column.type))}`);
  const key = keyOf(table).map((column) => quoted(column.name));
  return `CREATE TABLE ${sqlTable(name)} (${[...columns, `${quoted(EXPIRES)} bigint`].join(', ')}, PRIMARY KEY (${key.join(', ')}))`;
}

const defineSql = (name: string, table: CqlTable): string =>
  `SET LOCAL standard_conforming_strings = on; COMMENT ON TABLE ${sqlTable(name)} IS ${literal(JSON.stringify(table))}`;

/** Only the columns of the statement are unique; the table's own key, which the real index has too, is left out. */
function indexSql(table: string, index: CqlIndex, key: readonly string[]): string {
  const columns = [
    ...index.partition,
    ...index.clustering.map(({ name }) => name).filter((name) => !key.includes(name)),
  ];
  return `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${quoted(index.name)} ON ${sqlTable(table)} (${columns.map(quoted).join(', ')})`;
}

/** Creates a table with its indexes. The caller holds the transaction. */
export async function createTable(client: Client, name: string, table: CqlTable): Promise<void> {
  await client.query(createSql(name, table));
  for (const index of table.indexes) await createIndexSql(client, name, table, index);
  await define(client, name, table);
}

async function createIndexSql(client: Client, name: string, table: CqlTable, index: CqlIndex): Promise<void> {
  const key = keyOf(table).map((column) => column.name);
  await client.query(indexSql(name, index, key));
}

/** Adds an index to a table and its definition. */
export async function addIndex(client: Client, name: string, table: CqlTable, index: CqlIndex): Promise<void> {
  await createIndexSql(client, name, table, index);
  await define(client, name, { ...table, indexes: [...table.indexes, index] });
}

/** Replaces a table's definition; the change enters the log like any DDL. */
export async function define(client: Client, name: string, table: CqlTable): Promise<void> {
  await client.query(defineSql(name, table));
}

/** Definitions of all tables of the keyspace that the connection is in, by name. */
export async function readTables(client: ClientBase): Promise<Map<string, CqlTable>> {
  const { rows } = await client.query<{ name: string; comment: string | null }>(
    `SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS comment FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.relname COLLATE "C"`,
  );
  return new Map(
    rows.flatMap(({ name, comment }) => {
      const table = parseDefinition(comment);
      return table ? [[name, table] as const] : [];
    }),
  );
}

/** One table's definition. Throws a `CqlError` if it does not exist. */
export async function readTable(client: Client, name: string): Promise<CqlTable> {
  const { rows } = await client.query<{ comment: string | null }>(
    `SELECT obj_description(c.oid, 'pg_class') AS comment FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = $1`,
    [name],
  );
  const table = parseDefinition(rows[0]?.comment);
  if (!table) throw tableNotFound(name);
  return table;
}

/** User-defined types of a keyspace, in the order of their creation; stored in the comment of its database. */
export async function readTypes(client: ClientBase): Promise<Map<string, UserType>> {
  const { rows } = await client.query<{ comment: string | null }>(
    `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = current_database()`,
  );
  const types = JSON.parse(rows[0]?.comment ?? '[]') as UserType[];
  return new Map(types.map((type) => [type.name, type]));
}

/** Stores the types, and updates each table that uses one of them. */
export async function writeTypes(
  client: Client,
  database: string,
  types: ReadonlyMap<string, UserType>,
): Promise<void> {
  await client.query(`COMMENT ON DATABASE ${quoted(database)} IS ${literal(JSON.stringify([...types.values()]))}`);
  for (const [name, table] of await readTables(client)) {
    const needed = neededTypes(
      table.columns.map((column) => column.type),
      types,
    );
    if (JSON.stringify(needed) !== JSON.stringify(table.types)) await define(client, name, { ...table, types: needed });
  }
}
