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

/** When a row written now expires: milliseconds since the epoch as text, or null. */
export function expiryOf(table: CqlTable, ttlSeconds: number | undefined): string | null {
  const seconds = ttlSeconds ?? table.defaultTtlSeconds;
  return seconds > 0 ? String(Date.now() + seconds * 1000) : null;
}

/** Throws a `CqlError` if a key column has no value. */
export function requireKey({ table, columns, row }: Pick<RowWrite, 'table' | 'columns' | 'row'>): void {
  for (const { name } of keyOf(table)) {
    const at = columns.indexOf(name);
    if (at === -1) throw invalid(`Missing Argument for Primary Key. ${name}`);
    if (row[at] === null) throw invalid(`Null Argument for Primary Key. ${name}`);
  }
}

/** The new row, or new values for the row of that key. An expired row counts as missing. */
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

function onConflict(table: CqlTable, columns: readonly string[]): string {
  const key = keyOf(table).map((column) => column.name);
  const given = columns
    .filter((column) => !key.includes(column))
    .map((column) => `${quoted(column)} = EXCLUDED.${quoted(column)}`);
  // Values of an expired row must not reappear with the new one.
  const expired = `t.${quoted(EXPIRES)} <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint`;
  const others = table.columns
    .filter(({ name }) => !columns.includes(name) && !key.includes(name))
    .map(({ name }) => `${quoted(name)} = CASE WHEN ${expired} THEN NULL ELSE t.${quoted(name)} END`);
  const expires = `${quoted(EXPIRES)} = EXCLUDED.${quoted(EXPIRES)}`;
  return `ON CONFLICT (${key.map(quoted).join(', ')}) DO UPDATE SET ${[...given, ...others, expires].join(', ')}`;
}
