import { widthOf } from './fit-text';
import type { Session } from './session';
import { Table, type Column } from './table';

export type { Column } from './table';

/**
 * Prints a list row by row as rows arrive: a table, one line per row. On a terminal that is too narrow, columns marked
 * `more` go on lines of their own below; if that is still too wide, so does everything but the first column. Piped, a
 * row is always one line.
 */
export class ListPrinter<Row> {
  private readonly table: Table<Row>;
  private headed = false;

  constructor(
    private readonly session: Session,
    columns: readonly Column<Row>[],
  ) {
    this.table = new Table(columns, widthOf(session.io.stdout));
  }

  print(row: Row): void {
    if (!this.headed) this.session.line(this.table.head());
    this.headed = true;
    for (const line of this.table.rowOf(row)) this.session.line(line);
  }
}
