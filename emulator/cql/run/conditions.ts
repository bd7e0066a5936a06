import { quoted } from '../../postgres/connect';
import { EXPIRES, type CqlTable, typesByName } from '../catalog/definition';
import { invalid } from '../errors';
import type { ColumnPath, Condition } from '../language/statements';
import { typeOf, type CqlType } from '../values/types';
import { columnText, storedOf } from '../values/values';

/** Collects the values of one SQL statement. */
export class Parameters {
  readonly values: (string | null)[] = [];

  add(value: string | null): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** The CQL type of a column. Throws a `CqlError` if the table has no such column. */
export function columnType(table: CqlTable, name: string): CqlType {
  const column = table.columns.find((one) => one.name === name);
  if (!column) throw invalid(`Undefined Column. Column doesn't exist: ${name}`);
  return typeOf(column.type);
}

/** A column, or a path into a JSONB column, and its type. */
export function columnSql(table: CqlTable, { column, path }: ColumnPath): { sql: string; type: CqlType } {
  const type = columnType(table, column);
  if (path.length === 0) return { sql: quoted(column), type };
  if (type.kind !== 'scalar' || type.name !== 'jsonb')
    throw invalid(`Invalid Arguments. Column ${column} is not JSONB`);
  const steps = path.map(({ operator, key }) =>
    typeof key === 'number' ? `${operator}${key}` : `${operator}'${key.replaceAll("'", "''")}'`,
  );
  const text = path.at(-1)?.operator === '->>';
  return { sql: `(${quoted(column)}${steps.join('')})`, type: { kind: 'scalar', name: text ? 'text' : 'jsonb' } };
}

export const notExpired = (parameters: Parameters): string =>
  `(${quoted(EXPIRES)} IS NULL OR ${quoted(EXPIRES)} > ${parameters.add(String(Date.now()))}::bigint)`;

/** `WHERE …` of these conditions, without rows that have expired. */
export function whereSql(table: CqlTable, where: readonly Condition[], parameters: Parameters): string {
  const known = typesByName(table.types);
  const conditions = where.map((condition) => {
    const { sql, type } = columnSql(table, condition);
    const values = condition.values.map((literal) => parameters.add(columnText(type, storedOf(type, literal, known))));
    if (condition.operator === 'in') return `${sql} IN (${values.join(', ')})`;
    return `${sql} ${condition.operator === '!=' ? '<>' : condition.operator} ${values[0] ?? 'NULL'}`;
  });
  return `WHERE ${[...conditions, notExpired(parameters)].join(' AND ')}`;
}
