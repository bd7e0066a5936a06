import { RowDigest } from '../../row-digest';
import type { QualifiedName } from '../../ysql/session/quote';
import { needsOfStatements, type DumpNeeds } from './needs-of-dump';
import { relationsOfStatements } from './relations-of-dump';
import { settingAt } from './names-at';
import type { DumpPiece, SqlPiece } from '../scan/split-dump';
import { wordsAt } from '../scan/statement';

/** A table of a dump. */
export interface DumpedTable extends QualifiedName {
  /** Absent if the dump contains no rows for it: a schema, a partitioned parent, a materialized view. */
  rows?: number;
  /** Of its rows, in their order. */
  columns?: string[];
  /** Of the text of its rows, independent of their order. */
  digest?: string;
}

interface Noted {
  table: DumpedTable;
  digest: RowDigest;
}

const END_OF_ROWS = '\\.\n';

/** The contents of a dump, recorded while it streams by. */
export class DumpTally {
  private readonly tables = new Map<string, Noted>();
  private readonly roles = new Set<string>();
  private readonly roleConstants = new Set<string>();
  private readonly tablespaces = new Set<string>();
  private readonly extensions = new Set<string>();
  /** Bytes of text so far. */
  bytes = 0;
  rows = 0;
  /** Encoding of the text, as the dump sets it. */
  encoding: string | undefined;

  note(piece: DumpPiece): void {
    this.bytes += piece.bytes.length;
    if (piece.kind === 'rows') {
      const { digest } = this.add(piece.table, piece.rows);
      digest.addText(piece.end ? piece.bytes.subarray(0, -END_OF_ROWS.length) : piece.bytes);
      return;
    }
    this.noteEncoding(piece);
    for (const { schema, name, kind } of relationsOfStatements(piece.statements))
      if (kind === 'table' || kind === 'partitionedTable' || kind === 'matview') this.add({ schema, name });
    if (piece.copies) this.add(piece.copies, 0).table.columns = piece.copies.columns;
    const needs = needsOfStatements(piece.statements);
    for (const role of needs.roles) this.roles.add(role);
    for (const role of needs.roleConstants ?? []) this.roleConstants.add(role);
    for (const tablespace of needs.tablespaces) this.tablespaces.add(tablespace);
    for (const extension of needs.extensions) this.extensions.add(extension);
  }

  /** Tables that the dump creates or contains rows for, by name. */
  result(): { tables: DumpedTable[]; needs: DumpNeeds; bytes: number } {
    const sorted = (names: Set<string>): string[] => [...names].sort();
    const key = ({ schema, name }: QualifiedName): string => JSON.stringify([schema, name]);
    return {
      tables: [...this.tables.values()]
        .map(({ table, digest }) => (table.rows === undefined ? table : { ...table, digest: digest.digest }))
        .sort((a, b) => (key(a) < key(b) ? -1 : 1)),
      needs: {
        roles: sorted(this.roles),
        ...(this.roleConstants.size > 0 ? { roleConstants: sorted(this.roleConstants) } : {}),
        tablespaces: sorted(this.tablespaces),
        extensions: sorted(this.extensions),
      },
      bytes: this.bytes,
    };
  }

  private add({ schema, name }: QualifiedName, rows?: number): Noted {
    const key = JSON.stringify([schema, name]);
    const noted = this.tables.get(key) ?? { table: { schema, name }, digest: new RowDigest() };
    const { table } = noted;
    if (rows !== undefined) table.rows = (table.rows ?? 0) + rows;
    this.rows += rows ?? 0;
    this.tables.set(key, noted);
    return noted;
  }

  /** A dump sets it once, before anything else. */
  private noteEncoding({ statements }: SqlPiece): void {
    if (this.encoding !== undefined) return;
    const set = statements.find(({ tokens }) => wordsAt(tokens, 0, 'SET', 'CLIENT_ENCODING'));
    this.encoding = set && settingAt(set.tokens, 2).names[0];
  }
}
