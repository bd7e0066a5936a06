import { applied } from './edits';
import { scanSql } from '../scan/scan-sql';
import type { SqlPiece } from '../scan/split-dump';

/** An entry of a dump, as named by the comment above it. */
export interface DumpEntry {
  /** `FUNCTION`, `TYPE`, … */
  type: string;
  /** `-` for entries without a schema. */
  schema: string;
  /** The name; for a routine, with its argument types. */
  tag: string;
  /** For a routine: with the names and modes of its arguments, as in its comment and grants. */
  full?: string;
}

const BEGINS = '-- Name: ';

/**
 * `-- Name: <tag>; Type: <type>; Schema: <schema>; Owner: …`: the last of these comments, parsed from its end, since a
 * tag may contain anything.
 */
function lastHeader(comments: string): DumpEntry | undefined {
  const line = comments.split('\n').findLast((one) => one.startsWith(BEGINS) && one.includes('; Owner:'));
  if (line === undefined) return undefined;
  const owner = line.lastIndexOf('; Owner:');
  const schema = line.lastIndexOf('; Schema: ', owner);
  const type = line.lastIndexOf('; Type: ', schema);
  if (schema < BEGINS.length || type < BEGINS.length) return undefined;
  return {
    tag: line.slice(BEGINS.length, type),
    type: line.slice(type + '; Type: '.length, schema),
    schema: line.slice(schema + '; Schema: '.length, owner),
  };
}

/** Removes entries from a dump that passes in pieces, including their comments, grants and labels. */
export class EntriesLeftOut {
  private readonly keys: Set<string>;
  private leaving = false;

  constructor(private readonly entries: readonly DumpEntry[]) {
    this.keys = new Set(entries.flatMap(keysOf));
  }

  of(piece: SqlPiece): SqlPiece {
    if (this.entries.length === 0) return piece;
    let behind = 0;
    const kept = piece.statements.filter(({ start, end }) => {
      // There are only comments between two statements, so anything like a header within a body is ignored.
      const header = lastHeader(piece.text.slice(behind, start));
      if (header) this.leaving = this.isLeftOut(header);
      behind = end;
      return !this.leaving;
    });
    if (kept.length === piece.statements.length) return piece;
    const cuts = piece.statements
      .filter((statement) => !kept.includes(statement))
      .map(({ start, end }) => ({ start, end, text: '' }));
    const text = applied(piece.text, cuts);
    // Rows follow a COPY at the end of a piece, so it is the last statement there.
    const statements = piece.copies ? scanSql(`${text}\\.\n`).slice(0, -1) : scanSql(text);
    return { ...piece, text, bytes: Buffer.from(text), statements };
  }

  private isLeftOut({ type, schema, tag }: DumpEntry): boolean {
    if (this.keys.has(keyOf(type, schema, tag))) return true;
    if (!/^(?:ACL|COMMENT|SECURITY LABEL)$/.test(type)) return false;
    return (
      this.keys.has(keyOf('*', schema, tag)) ||
      (tag.startsWith('COLUMN ') && this.keys.has(keyOf('column', schema, tag.slice(7).replace(/\.[^.]*$/, ''))))
    );
  }
}

/** pg_dump quotes names in some tags and not in others, and removes line ends in all of them. */
const keyOf = (type: string, schema: string, tag: string): string =>
  JSON.stringify([type, schema, tag].map((part) => part.replaceAll('"', '').replace(/[\n\r]/g, ' ')));

function keysOf({ type, schema, tag, full = tag }: DumpEntry): string[] {
  return [
    keyOf(type, schema, tag),
    keyOf('*', schema, tag),
    keyOf('*', schema, `${type} ${tag}`),
    keyOf('*', schema, full),
    keyOf('*', schema, `${type} ${full}`),
    ...(type === 'TYPE' ? [keyOf('column', schema, tag)] : []),
  ];
}
