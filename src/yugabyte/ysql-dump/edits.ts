import type { Statement } from './scan-sql';

/** A change of the text of a dump. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The text with its changes, which lie apart, or one inside of another that takes its place. */
export function applied(dump: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at) continue; // inside of the one before
    result += dump.slice(at, start) + text;
    at = end;
  }
  return result + dump.slice(at);
}

/**
 * What psql must be told so that it sees the statements as the server does: it takes the name `begin` in the head of a function for the
 * beginning of a body, and would wait for an END through the rest of the dump. Quoted, it is a name to both.
 */
export function editsForPsql(statements: readonly Statement[]): Edit[] {
  return statements.flatMap(({ tokens }) =>
    tokens.filter(({ bareBegin }) => bareBegin).map(({ start, end }) => ({ start, end, text: '"begin"' })),
  );
}
