import { quoteIdentifier, type SqlConnection } from '../../yugabyte';
import { EXTENSIONS, SHORT_EXTENSIONS, WIDE_SCHEMA, type Piece } from './wide-schema';

export interface RefusedPiece {
  what: string;
  /** The server's SQLSTATE and message. */
  because: string;
}

export interface WideResult {
  /** What the cluster accepted. */
  made: string[];
  /** What this release does not support. */
  leftOut: RefusedPiece[];
  /** What it should have accepted, or refused differently. */
  failed: RefusedPiece[];
}

/**
 * The codes with which a server says that it does not support something: not supported, no such file (of an extension),
 * unknown words, names and parameters. A piece that builds on an unsupported one fails with the same codes.
 */
const HAS_NO_SUCH_THING = new Set([
  '0A000',
  '42P16',
  '58P01',
  '42601',
  '42704',
  '42883',
  '42P01',
  '42703',
  '22023',
  '3F000',
]);

/**
 * Fills a database with everything that this release takes, piece by piece; a piece that is refused leaves nothing
 * behind.
 */
export async function makeWide(sql: SqlConnection, database: string, pieces: readonly Piece[]): Promise<WideResult> {
  const result: WideResult = { made: [], leftOut: [], failed: [] };
  await sql.use(
    database,
    'fill the database',
    async (query) => {
      await query('SET search_path = public');
      for (const { what, sql: text } of pieces) {
        try {
          // One simple query is one transaction, unless it contains a statement that can't run in one.
          await query(text);
          result.made.push(what);
        } catch (error) {
          const { code, message } = error as { code?: string; message: string };
          if (code === undefined) throw error; // the connection is gone
          const into = HAS_NO_SUCH_THING.has(code) ? result.leftOut : result.failed;
          into.push({ what, because: `${code}: ${message}` });
        }
      }
    },
    { mutates: true },
  );
  return result;
}

/** The extensions and the wide schema. `short`: a part of both. */
export function widePieces({ short, without }: { short: boolean; without: readonly Piece[] }): Piece[] {
  const extensions = (short ? SHORT_EXTENSIONS : EXTENSIONS).map((name) => ({
    what: `extension ${name}`,
    sql: `CREATE EXTENSION ${quoteIdentifier(name)}`,
  }));
  return [...extensions, ...WIDE_SCHEMA.filter((piece) => (!short || piece.short) && !without.includes(piece))];
}
