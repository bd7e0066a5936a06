import type { QualifiedName } from '../sql/quote';
import type { Token } from './scan-sql';
import { applied, DatabaseRenaming, type Edit } from './rename-database';
import type { DumpPiece, SqlPiece } from './split-dump';
import type { StatementLog } from './statement-log';

export interface ScriptOptions {
  /** The name inside the dump and the one to load it under; absent for a dump of rows alone. */
  rename?: { from: string; to: string };
  /** Statements to leave out. */
  leaveOut?: (tokens: readonly Token[]) => boolean;
  /** Rows of these tables only. */
  onlyRowsOf?: (table: QualifiedName) => boolean;
  /** Noted for the message of a failure. */
  log: StatementLog;
}

/**
 * A dump as it is loaded: under its new name, without what the caller leaves out. A dump of rows alone is one transaction, so that a load
 * that breaks off leaves nothing. Fails with `DumpRefused` where a new name can't be set safely.
 */
export async function* scriptOfDump(pieces: AsyncIterable<DumpPiece>, options: ScriptOptions): AsyncGenerator<Buffer> {
  const { log } = options;
  const renaming = options.rename && new DatabaseRenaming(options.rename.from, options.rename.to);
  const wanted = (table: QualifiedName): boolean => options.onlyRowsOf?.(table) ?? true;
  let line = 0;
  if (!renaming) yield log.text('BEGIN;\n');
  for await (const piece of pieces) {
    if (piece.kind === 'rows') {
      if (wanted(piece.table)) yield log.rows(piece.bytes, piece.rows, piece.end);
      line += piece.rows + (piece.end ? 1 : 0);
      continue;
    }
    const edits = renaming?.edits(piece.text, piece.statements, line) ?? [];
    const text = applied(piece.text, merged(edits, cuts(piece, options, wanted)));
    if (text !== '') yield log.text(text);
    line += piece.text.split('\n').length - 1;
  }
  if (renaming) renaming.end();
  else yield log.text('COMMIT;\n');
}

/** Statements that are left out, with their text. */
function cuts(piece: SqlPiece, { leaveOut }: ScriptOptions, wanted: (table: QualifiedName) => boolean): Edit[] {
  const copy = piece.copies && !wanted(piece.copies) ? piece.statements.at(-1) : undefined;
  return piece.statements
    .filter((statement) => statement === copy || (statement.kind === 'sql' && leaveOut?.(statement.tokens)))
    .map(({ start, end }) => ({ start, end, text: '' }));
}

/** In order; a change inside of a statement that is left out is left out with it. */
function merged(edits: readonly Edit[], cut: readonly Edit[]): Edit[] {
  const inside = ({ start, end }: Edit): boolean => cut.some((one) => one.start <= start && end <= one.end);
  return [...edits.filter((edit) => !inside(edit)), ...cut].sort((a, b) => a.start - b.start);
}
