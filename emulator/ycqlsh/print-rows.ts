import { typeOf } from '../cql/values/types';
import type { CqlRows } from '../cql/run/result';
import { ON_SCREEN, show } from './show';

/** A table as cqlsh prints it; `counted`: with the number of rows behind it. */
export function printRows({ columns, rows, types }: CqlRows, counted: boolean): string {
  const known = new Map(types.map((type) => [type.name, type]));
  const cells = rows.map((row) =>
    columns.map((column, i) => show(typeOf(column.type), row[i] ?? null, known, ON_SCREEN)),
  );
  const widths = columns.map(({ name }, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (parts: string[]): string => ` ${parts.join(' | ')}`;
  const head = line(columns.map(({ name }, i) => name.padEnd(widths[i] ?? 0))).trimEnd();
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+');
  const body = cells.map((row) => line(row.map((cell, i) => cell.padStart(widths[i] ?? 0))));
  const count = counted ? `\n(${rows.length} rows)\n` : '';
  return `\n${[head, rule, ...body].join('\n')}\n${count}`;
}
