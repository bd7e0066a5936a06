import { readsCopyData, Scanner, UnfinishedSql, type ScanState, type Statement } from './scan-sql';
import { isName, nameOf, qualifiedNameAt } from './statement';
import type { QualifiedName } from '../../ysql/session/quote';

/** A dump in pieces, in order: SQL as complete statements, rows of COPY as they arrive. */
export type DumpPiece = SqlPiece | RowsPiece;

export interface SqlPiece {
  kind: 'sql';
  /** As it arrived, in any encoding. */
  bytes: Buffer;
  text: string;
  statements: Statement[];
  /** Set if rows follow: the table of the last statement, with its columns in the order of the rows. */
  copies?: CopiedTable;
}

export interface CopiedTable extends QualifiedName {
  columns: string[];
}

export interface RowsPiece {
  kind: 'rows';
  table: QualifiedName;
  bytes: Buffer;
  /** Rows that end in it. */
  rows: number;
  /** Its last line is `\.`. */
  end: boolean;
}

const NEWLINE = 0x0a;
const END_OF_ROWS = Buffer.from('\\.\n');
/**
 * Up to this length an unfinished statement is scanned again with each chunk; beyond it, when it has doubled in length.
 */
const SHORT = 4 * 1024;
/** A statement is held in memory. */
const MAX_STATEMENT_BYTES = 64 * 1024 * 1024;

/**
 * Splits a plain-text dump while it streams by, into complete statements and rows: however long it is, no more than its
 * longest statement is in memory. A line in a function's body that only looks like a COPY is recognised by scanning
 * what precedes it.
 */
export async function* splitDump(chunks: AsyncIterable<Buffer>): AsyncGenerator<DumpPiece> {
  const state: ScanState = { conforming: true };
  let rest: Buffer = Buffer.alloc(0);
  let table: QualifiedName | undefined;
  let inRow = false;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let lookAt = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (rest.length + waitingBytes < lookAt) continue;
    rest = rest.length === 0 && waiting.length === 1 ? chunk : Buffer.concat([rest, ...waiting]);
    [waiting, waitingBytes, lookAt] = [[], 0, 0];
    while (rest.length > 0) {
      if (table !== undefined) {
        const { piece, inLine } = rowsOf(rest, table, inRow);
        inRow = inLine;
        rest = rest.subarray(piece.bytes.length);
        if (piece.bytes.length > 0) yield piece;
        if (!piece.end) break;
        table = undefined;
        inRow = false;
      } else {
        const piece = wholeStatements(rest, state);
        if (!piece) {
          if (rest.length > MAX_STATEMENT_BYTES) throw tooLong();
          if (rest.length > SHORT) lookAt = 2 * rest.length;
          break;
        }
        rest = rest.subarray(piece.bytes.length);
        table = piece.copies;
        yield piece;
      }
    }
  }
  if (table !== undefined) throw rowsMissing(table);
  const bytes = Buffer.concat([rest, ...waiting]);
  if (bytes.length > MAX_STATEMENT_BYTES) throw tooLong();
  if (bytes.length === 0) return;
  const piece = pieceOf(bytes, state);
  if (piece.copies) throw rowsMissing(piece.copies);
  yield piece;
}

const rowsMissing = ({ schema, name }: QualifiedName): UnfinishedSql =>
  new UnfinishedSql(`rows of ${schema}.${name}`, 1);

const tooLong = (): UnfinishedSql => new UnfinishedSql(`statement of more than ${MAX_STATEMENT_BYTES} bytes`, 1);

/** The complete statements at the beginning, at most up to a COPY; undefined if the first one is not complete. */
function wholeStatements(bytes: Buffer, state: ScanState): SqlPiece | undefined {
  const text = bytes.toString('latin1'); // positions in it are byte positions, and everything that ends a statement is ASCII
  const scanner = new Scanner(text, { ...state });
  let end = 0;
  try {
    for (let found = scanner.next(); found; found = scanner.next()) {
      if (found.unended) continue; // its rest, or a meta-command, follows
      if (found.kind === 'meta' && found.end === text.length) break; // may continue
      const copies = found.kind === 'sql' && readsCopyData(found);
      const line = copies ? text.indexOf('\n', found.end) + 1 : 0;
      if (copies && line === 0) break;
      end = copies ? line : found.end;
      if (copies) break;
    }
  } catch (error) {
    if (!(error instanceof UnfinishedSql)) throw error;
  }
  return end === 0 ? undefined : pieceOf(bytes.subarray(0, end), state);
}

function pieceOf(bytes: Buffer, state: ScanState): SqlPiece {
  const text = bytes.toString('utf8');
  const statements: Statement[] = [];
  const scanner = new Scanner(text, state);
  for (let found = scanner.next(); found; found = scanner.next()) {
    statements.push(found);
    if (!readsCopyData(found)) continue;
    const { schema, name } = qualifiedNameAt(found.tokens, 1) ?? { schema: 'public', name: '' };
    const columns = found.tokens.filter((token) => token.depth === 1 && isName(token)).map(nameOf);
    return { kind: 'sql', bytes, text, statements, copies: { schema, name, columns } };
  }
  return { kind: 'sql', bytes, text, statements };
}

/**
 * The rows at the beginning, up to and including `\.`. Bytes pass unchanged, even in the middle of a line (a row may be
 * as long as memory): only the beginning of a line that may become `\.` is kept for the next chunk.
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
