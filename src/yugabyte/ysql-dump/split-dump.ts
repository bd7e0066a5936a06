import { scanSql, UnfinishedSql, type Statement } from './scan-sql';
import { qualifiedNameAt, wordsAt } from './statement';
import type { QualifiedName } from '../sql/quote';

/** A dump in pieces, in order: SQL as whole statements, rows of COPY as they come. */
export type DumpPiece = SqlPiece | RowsPiece;

export interface SqlPiece {
  kind: 'sql';
  /** As it came, in whatever encoding. */
  bytes: Buffer;
  text: string;
  statements: Statement[];
  /** Set when rows follow: the table of the last statement. */
  copies?: QualifiedName;
}

export interface RowsPiece {
  kind: 'rows';
  table: QualifiedName;
  bytes: Buffer;
  /** Rows that end in it. */
  rows: number;
  /** The line `\.` is the last one in it. */
  end: boolean;
}

const NEWLINE = 0x0a;
const END_OF_ROWS = Buffer.from('\\.\n');
const ROWS_FOLLOW = Buffer.from(' FROM stdin;');

/**
 * Takes a dump in plain text apart while it streams by. SQL is kept until it is followed by rows (so at most the schema is in memory);
 * rows never are. A line that only looks like a COPY, inside a function's body, is told by scanning the SQL before it.
 */
export async function* splitDump(chunks: AsyncIterable<Buffer>): AsyncGenerator<DumpPiece> {
  let sql: Buffer[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let table: QualifiedName | undefined;
  let inRow = false;
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      if (table !== undefined) {
        const { piece, inLine } = rowsOf(rest, table, inRow);
        inRow = inLine;
        rest = rest.subarray(piece.bytes.length);
        if (piece.bytes.length > 0) yield piece;
        if (!piece.end) break;
        table = undefined;
        inRow = false;
      } else {
        const end = endOfCopyLine(rest);
        if (end === -1) {
          const whole = rest.lastIndexOf(NEWLINE) + 1;
          if (whole > 0) sql.push(rest.subarray(0, whole));
          rest = rest.subarray(whole);
          break;
        }
        sql.push(rest.subarray(0, end));
        rest = rest.subarray(end);
        const piece = copyAtEnd(Buffer.concat(sql));
        if (piece) {
          sql = [];
          table = piece.copies;
          yield piece;
        } else {
          sql = [Buffer.concat(sql)];
        }
      }
    }
  }
  if (table !== undefined) throw new UnfinishedSql(`rows of ${table.schema}.${table.name}`, 1);
  const bytes = Buffer.concat([...sql, rest]);
  const text = bytes.toString('utf8');
  if (text !== '') yield { kind: 'sql', bytes, text, statements: scanSql(text) };
}

/**
 * The rows at the beginning, up to and with `\.`. Bytes pass as they are, in the middle of a line too (a row may be as long as memory):
 * only the beginning of a line that may become `\.` is left for the next chunk.
 */
function rowsOf(bytes: Buffer, table: QualifiedName, inLine: boolean): { piece: RowsPiece; inLine: boolean } {
  let at = 0;
  let rows = 0;
  let middle = inLine;
  const made = (end: boolean): { piece: RowsPiece; inLine: boolean } => ({
    piece: { kind: 'rows', table, bytes: bytes.subarray(0, at), rows, end },
    inLine: middle,
  });
  while (at < bytes.length) {
    if (!middle) {
      const start = bytes.subarray(at, at + END_OF_ROWS.length);
      if (start.equals(END_OF_ROWS)) {
        at += END_OF_ROWS.length;
        return made(true);
      }
      if (start.length < END_OF_ROWS.length && start.equals(END_OF_ROWS.subarray(0, start.length))) break;
    }
    const newline = bytes.indexOf(NEWLINE, at);
    middle = newline === -1;
    at = middle ? bytes.length : newline + 1;
    if (!middle) rows += 1;
  }
  return made(false);
}

/** Place behind the first whole line that ends like a COPY, or -1. */
function endOfCopyLine(bytes: Buffer): number {
  for (let at = bytes.indexOf(ROWS_FOLLOW); at !== -1; at = bytes.indexOf(ROWS_FOLLOW, at + 1)) {
    const end = at + ROWS_FOLLOW.length;
    if (bytes[end] === NEWLINE) return end + 1;
  }
  return -1;
}

/** The text as statements when a COPY is its last one; undefined when that line stands inside of something else. */
function copyAtEnd(bytes: Buffer): SqlPiece | undefined {
  const text = bytes.toString('utf8');
  let statements: Statement[];
  try {
    statements = scanSql(`${text}\\.\n`);
  } catch (error) {
    if (error instanceof UnfinishedSql) return undefined;
    throw error;
  }
  if (statements.at(-1)?.kind !== 'data') return undefined;
  const sql = statements.slice(0, -1);
  const tokens = sql.at(-1)?.tokens ?? [];
  const copies = wordsAt(tokens, 0, 'COPY') ? qualifiedNameAt(tokens, 1) : undefined;
  if (!copies) return undefined;
  return { kind: 'sql', bytes, text, statements: sql, copies: { schema: copies.schema, name: copies.name } };
}
