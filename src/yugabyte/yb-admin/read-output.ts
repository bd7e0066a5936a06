import type { z } from 'zod';
import { readJson } from '../../untrusted';
import { UnexpectedOutput } from '../errors';

/**
 * Cells of one printed line. Columns end with a space and a TAB; ids overflow their column, so offsets mean nothing.
 */
export function cellsOf(line: string): string[] {
  return line.split('\t').map((cell) => cell.trim());
}

/** Lines without their line ends; the empty text has none. */
export function linesOf(stdout: string): string[] {
  return stdout.split(/\r?\n/).filter((line) => line !== '');
}

/** Parses a JSON document. Warnings may precede it, so it begins at the first line that starts with { or [. */
export function jsonOf<T>(schema: z.ZodType<T>, stdout: string, expected: string): T {
  const start = /(?:^|\n)[{[]/.exec(stdout); // a name may contain other characters that regular expressions take for line ends
  if (!start) throw new UnexpectedOutput(expected, stdout, 'yb-admin');
  const read = readJson(schema, stdout.slice(start.index));
  if (read.ok) return read.value;
  throw new UnexpectedOutput(`${expected} (${read.problem})`, stdout, 'yb-admin');
}

/** The first group of the pattern, or `UnexpectedOutput`. */
export function required(pattern: RegExp, stdout: string, expected: string): string {
  const found = pattern.exec(stdout)?.[1];
  if (found === undefined) throw new UnexpectedOutput(expected, stdout, 'yb-admin');
  return found;
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Ids of tables, tablets, namespaces and servers. */
export const HEX_ID = /^[0-9a-f]{32}$/i;
