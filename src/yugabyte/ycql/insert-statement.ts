import type { ColumnType } from './column-type';
import { literalOf } from './printed-value';
import { quoteCql } from './quote-cql';

/** A column as listed in `system_schema.columns`. */
export interface CqlColumn {
  name: string;
  /** `text`, `frozen<list<int>>`. */
  type: string;
  kind: 'partition_key' | 'clustering' | 'static' | 'regular';
}

/** A column whose type has been read. */
export interface TypedColumn extends Pick<CqlColumn, 'name' | 'kind'> {
  type: ColumnType;
}

/**
 * A row that `COPY FROM` can't load, as a statement. Null columns are left out, so that a partition with only static
 * columns can be created, too. `values`: of `columns`, in their order; undefined for null.
 */
export function insertStatement(
  table: { keyspace: string; name: string },
  columns: readonly TypedColumn[],
  values: readonly (string | undefined)[],
): string {
  const set = columns.flatMap((column, i) => {
    const value = values[i];
    return value === undefined ? [] : [{ column, literal: literalOf(column.type, value) }];
  });
  const name = `${quoteCql(table.keyspace)}.${quoteCql(table.name)}`;
  if (columns.some(({ type }) => type.kind === 'scalar' && type.name === 'counter')) {
    const isKey = ({ kind }: TypedColumn): boolean => kind === 'partition_key' || kind === 'clustering';
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
