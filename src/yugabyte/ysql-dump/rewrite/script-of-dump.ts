import type { QualifiedName } from '../../ysql/session/quote';
import { applied, type Edit } from './edits';
import { leftOut, type LeaveOut } from './left-out';
import { DatabaseRenaming } from './rename-database';
import { sequenceSetBy } from '../contents/sequences-of-dump';
import type { DumpPiece, SqlPiece } from '../scan/split-dump';

export interface ScriptOptions {
  /** The name inside the dump and the name to load it under; absent for a dump of rows alone. */
  rename?: { from: string; to: string };
  leaveOut?: LeaveOut;
  /** Only rows of these tables. */
  onlyRowsOf?: (table: QualifiedName) => boolean;
  /** Sequences whose values are not set. */
  skipSequence?: (sequence: QualifiedName) => boolean;
  /** Called at the end: what keeps the old name as a constant, and what was left out besides owners and privileges. */
  onEnd?: (found: { constants: string[]; losses: string[] }) => void;
}

/**
 * A dump as it is to be loaded: under its new name, without what the caller leaves out. Fails with `DumpRefused` if the
 * new name can't be set safely.
 */
export async function* scriptOfDump(pieces: AsyncIterable<DumpPiece>, options: ScriptOptions): AsyncGenerator<Buffer> {
  const renaming = options.rename && new DatabaseRenaming(options.rename.from, options.rename.to);
  const wanted = (table: QualifiedName): boolean => options.onlyRowsOf?.(table) ?? true;
  const losses: string[] = [];
  let line = 0;
  for await (const piece of pieces) {
    if (piece.kind === 'rows') {
      if (wanted(piece.table)) yield piece.bytes;
      line += piece.rows + (piece.end ? 1 : 0);
      continue;
    }
    const edits = renaming?.edits(piece.text, piece.statements, line) ?? [];
    const left = leftOut(piece.statements, options.leaveOut ?? {});
    losses.push(...left.losses);
    const text = applied(piece.text, [
      ...edits,
      ...left.edits,
      ...unwantedCopy(piece, wanted),
      ...unwantedSequences(piece, options.skipSequence),
    ]);
    if (text !== '') yield Buffer.from(text);
    line += piece.text.split('\n').length - 1;
  }
  renaming?.end();
  options.onEnd?.({ constants: renaming?.constants ?? [], losses });
}

/** The COPY whose rows are not wanted. */
function unwantedCopy({ copies, statements }: SqlPiece, wanted: (table: QualifiedName) => boolean): Edit[] {
  const copy = copies && !wanted(copies) ? statements.at(-1) : undefined;
  return copy ? [{ start: copy.start, end: copy.end, text: '' }] : [];
}

function unwantedSequences({ statements }: SqlPiece, skip: ScriptOptions['skipSequence']): Edit[] {
  if (!skip) return [];
  return statements
    .filter(({ tokens }) => {
      const sequence = sequenceSetBy(tokens);
      return sequence !== undefined && skip(sequence);
    })
    .map(({ start, end }) => ({ start, end, text: '' }));
}
