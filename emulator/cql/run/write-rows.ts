import type { Client } from 'pg';
import { quoted } from '../../postgres/connect';
import { EXPIRES, keyOf, type CqlTable } from '../catalog/definition';
import { columnType, Parameters } from './conditions';
import { invalid } from '../errors';
import { sqlTable } from '../catalog/tables';
import { columnText, type Stored } from '../values/values';

export interface RowWrite {
  name: string;
  table: CqlTable;
  columns: readonly string[];
  /** Values for the columns. */
  row: readonly Stored[];
  /** Seconds; absent: the table's default. */
  ttlSeconds?: number | undefined;
}

/** When a row written now ends: milliseconds since the epoch as text, or null. */
export function expiryOf(table: CqlTable, ttlSeconds: number | undefined): string | null {
  const seconds = ttlSeconds ?? table.defaultTtlSeconds;
  return seconds > 0 ? String(Date.now() + seconds * 1000) : null;
}

/** Throws a `CqlError` where a key column has no value. */
export function requireKey({ table, columns, row }: Pick<RowWrite, 'table' | 'columns' | 'row'>): void {
  for (const { name } of keyOf(table)) {
    const at = columns.indexOf(name);
    if (at === -1) throw invalid(`Missing Argument for Primary Key. ${name}`);
    if (row[at] === null) throw invalid(`Null Argument for Primary Key. ${name}`);
  }
}

/** The new row, or new values for the one of that key. A row that has expired counts as none. */
export async function upsert(client: Client, write: RowWrite): Promise<void> {
  requireKey(write);
  const { name, table, columns, row, ttlSeconds } = write;
  const parameters = new Parameters();
  const values = columns.map((column, i) => parameters.add(columnText(columnType(table, column), row[i] ?? null)));
  const expires = parameters.add(expiryOf(table, ttlSeconds));
  await client.query(
    `INSERT INTO ${sqlTable(name)} AS t (${[...columns, EXPIRES].map(quoted).join(', ')})
     VALUES (${[...values, expires].join(', ')}) ${onConflict(table, columns)}`,
    parameters.values,
  );
}

/** Many rows in one statement; of rows of one key the last counts. Throws PostgreSQL's error; then none is written. */
export async function upsertMany(
  client: Client,
  { name, table, columns, rows, ttlSeconds }: Omit<RowWrite, 'row'> & { rows: readonly (readonly Stored[])[] },
): Promise<void> {
  const keyAt = keyOf(table).map((column) => columns.indexOf(column.name));
  const once = new Map<string, readonly Stored[]>();
  for (const row of rows) {
    requireKey({ table, columns, row });
    once.set(JSON.stringify(keyAt.map((at) => row[at] ?? null)), row);
  }
  const types = columns.map((column) => columnType(table, column));
  const texts = [...once.values()].map((row) =>
    row.map((value, i) => columnText(types[i] ?? columnType(table, ''), value)),
  );
  const cells = columns.map((_, i) => `r ->> ${i}`);
  const casts = await castsOf(client, name, columns);
  await client.query(
    `INSERT INTO ${sqlTable(name)} AS t (${[...columns, EXPIRES].map(quoted).join(', ')})
     SELECT ${cells.map((cell, i) => `(${cell})::${casts[i] ?? 'text'}`).join(', ')}, $2::bigint FROM json_array_elements($1::json) r
     ${onConflict(table, columns)}`,
    [JSON.stringify(texts), expiryOf(table, ttlSeconds)],
  );
}

/** PostgreSQL's types of the columns. */
async function castsOf(client: Client, name: string, columns: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [sqlTable(name)],
  );
  return columns.map((column) => rows.find((row) => row.name === column)?.type ?? 'text');
}

function onConflict(table: CqlTable, columns: readonly string[]): string {
  const key = keyOf(table).map((column) => column.name);
  const given = columns
    .filter((column) => !key.includes(column))
    .map((column) => `${quoted(column)} = EXCLUDED.${quoted(column)}`);
  // What an expired row still holds must not come back with the new one.
  const gone = `t.${quoted(EXPIRES)} <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint`;
  const others = table.columns
    .filter(({ name }) => !columns.includes(name) && !key.includes(name))
    .map(({ name }) => `${quoted(name)} = CASE WHEN ${gone} THEN NULL ELSE t.${quoted(name)} END`);
  const expires = `${quoted(EXPIRES)} = EXCLUDED.${quoted(EXPIRES)}`;
  return `ON CONFLICT (${key.map(quoted).join(', ')}) DO UPDATE SET ${[...given, ...others, expires].join(', ')}`;
}
