import { cqlText, quoteCql } from './quote-cql';

/** A column as `system_schema.columns` lists it. */
export interface CqlColumn {
  name: string;
  /** `text`, `frozen<list<int>>`. */
  type: string;
  kind: 'partition_key' | 'clustering' | 'static' | 'regular';
}

const QUOTED = /^(?:text|varchar|ascii|jsonb|date|time|inet)$/;

/** `undefined`: null. */
function literalOf(type: string, value: string): string {
  if (QUOTED.test(type)) return cqlText(value);
  // COPY prints more digits of a second than CQL reads; the number of milliseconds says the same. Years over 9999 are printed as such a number.
  if (type === 'timestamp') return /^-?\d+$/.test(value) ? value : String(Date.parse(value.replace(' ', 'T')));
  return value; // numbers, uuids, blobs; collections and user-defined types, whose texts are quoted already
}

/**
 * A row that `COPY FROM` can't take, as a statement. Columns that are null are left out, so that a partition with nothing but static columns
 * can be made too. `values`: of `columns`, in their order; undefined for null.
 */
export function insertStatement(
  table: { keyspace: string; name: string },
  columns: readonly CqlColumn[],
  values: readonly (string | undefined)[],
): string {
  const set = columns.flatMap((column, i) => {
    const value = values[i];
    return value === undefined ? [] : [{ column, literal: literalOf(column.type, value) }];
  });
  const name = `${quoteCql(table.keyspace)}.${quoteCql(table.name)}`;
  if (columns.some(({ type }) => type === 'counter')) {
    const isKey = ({ kind }: CqlColumn): boolean => kind === 'partition_key' || kind === 'clustering';
    const counters = set
      .filter(({ column }) => !isKey(column))
      .map(({ column, literal }) => `${quoteCql(column.name)} = ${quoteCql(column.name)} + ${literal}`);
    const key = set
      .filter(({ column }) => isKey(column))
      .map(({ column, literal }) => `${quoteCql(column.name)} = ${literal}`);
    return `UPDATE ${name} SET ${counters.join(', ')} WHERE ${key.join(' AND ')};`;
  }
  const names = set.map(({ column }) => quoteCql(column.name)).join(', ');
  return `INSERT INTO ${name} (${names}) VALUES (${set.map(({ literal }) => literal).join(', ')});`;
}
