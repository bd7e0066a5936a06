import { z } from 'zod';
import { UnexpectedOutput } from '../errors';

/** Cells of one printed line. Columns end in a space and a TAB; ids overflow their column, so offsets mean nothing. */
export function cellsOf(line: string): string[] {
  return line.split('\t').map((cell) => cell.trim());
}

/** Lines without their line ends; the empty text has none. */
export function linesOf(stdout: string): string[] {
  return stdout.split(/\r?\n/).filter((line) => line !== '');
}

/**
 * Rows of a printed table: everything behind the line whose first cell is the header's, as cells. No header, no rows
 * (yb-admin leaves the header out of some empty tables).
 */
export function rowsBehind(header: string, stdout: string): string[][] {
  const rows = linesOf(stdout).map(cellsOf);
  const start = rows.findIndex((row) => row[0] === header);
  return start === -1 ? [] : rows.slice(start + 1);
}

/** Reads a JSON document. Warnings may stand before it, so it begins at the first line that starts with { or [. */
export function jsonOf<T>(schema: z.ZodType<T>, stdout: string, what: string): T {
  const start = /^[{[]/m.exec(stdout)?.index;
  if (start === undefined) throw new UnexpectedOutput(what, stdout, 'yb-admin');
  let value: unknown;
  try {
    value = JSON.parse(stdout.slice(start));
  } catch {
    throw new UnexpectedOutput(what, stdout, 'yb-admin');
  }
  const result = schema.safeParse(value);
  if (!result.success)
    throw new UnexpectedOutput(
      `${what} (${result.error.issues[0]?.path.join('.') ?? ''}: ${result.error.issues[0]?.message ?? ''})`,
      stdout,
      'yb-admin',
    );
  return result.data;
}

/** First group of the pattern, or `UnexpectedOutput`. */
export function required(pattern: RegExp, stdout: string, what: string): string {
  const found = pattern.exec(stdout)?.[1];
  if (found === undefined) throw new UnexpectedOutput(what, stdout, 'yb-admin');
  return found;
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Ids of tables, tablets, namespaces and servers. */
export const HEX_ID = /^[0-9a-f]{32}$/i;
