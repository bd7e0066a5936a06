import type { QualifiedName } from '../sql/quote';
import { needsOfStatements, type DumpNeeds } from './needs-of-dump';
import { relationsOfStatements } from './relations-of-dump';
import type { DumpPiece } from './split-dump';

/** A table of a dump. */
export interface DumpedTable extends QualifiedName {
  /** Absent when the dump holds no rows of it: a schema, a partitioned parent, a materialized view. */
  rows?: number;
}

/** What a dump turned out to hold, noted while it streams by. */
export class DumpTally {
  private readonly tables = new Map<string, DumpedTable>();
  private readonly roles = new Set<string>();
  private readonly tablespaces = new Set<string>();
  private readonly extensions = new Set<string>();
  /** Bytes of text so far. */
  bytes = 0;
  rows = 0;

  note(piece: DumpPiece): void {
    this.bytes += piece.bytes.length;
    if (piece.kind === 'rows') {
      this.add(piece.table, piece.rows);
      return;
    }
    for (const { schema, name, kind } of relationsOfStatements(piece.statements))
      if (kind === 'table' || kind === 'partitionedTable' || kind === 'matview') this.add({ schema, name });
    if (piece.copies) this.add(piece.copies, 0);
    const needs = needsOfStatements(piece.statements);
    for (const role of needs.roles) this.roles.add(role);
    for (const tablespace of needs.tablespaces) this.tablespaces.add(tablespace);
    for (const extension of needs.extensions) this.extensions.add(extension);
  }

  /** Tables that the dump creates or whose rows it holds, by name. */
  result(): { tables: DumpedTable[]; needs: DumpNeeds; bytes: number } {
    const sorted = (names: Set<string>): string[] => [...names].sort();
    const key = ({ schema, name }: QualifiedName): string => JSON.stringify([schema, name]);
    return {
      tables: [...this.tables.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1)),
      needs: {
        roles: sorted(this.roles),
        tablespaces: sorted(this.tablespaces),
        extensions: sorted(this.extensions),
      },
      bytes: this.bytes,
    };
  }

  private add({ schema, name }: QualifiedName, rows?: number): void {
    const key = JSON.stringify([schema, name]);
    const table = this.tables.get(key) ?? { schema, name };
    if (rows !== undefined) table.rows = (table.rows ?? 0) + rows;
    this.rows += rows ?? 0;
    this.tables.set(key, table);
  }
}
