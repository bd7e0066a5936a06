import type { Layout, Row, TabletRecord } from './records';

/**
 * The rows that a table's records yield at a moment. A file has the complete old row for every deletion, so the rows
 * are a multiset: insertions minus deletions, over all tablets (a change of the primary key moves later records to
 * other tablets).
 */
export class TableReplay {
  private layout: Layout = [];
  private readonly counts = new Map<string, number>();

  /** `colocationId`: of a colocated table, whose records are mixed with those of others. */
  constructor(
    private readonly upToMicros: bigint,
    private readonly colocationId?: number,
  ) {}

  /** Records of one tablet, oldest first. */
  tablet(records: Iterable<TabletRecord>): void {
    const rows = new TabletRows(this.upToMicros);
    let owner: number | undefined;
    for (const record of records) {
      if (record[0] === 'o') owner = record[1];
      else if (record[0] === 'h' || owner === this.colocationId) rows.apply(record);
    }
    if (rows.layoutMicros >= this.layoutMicros && rows.layout.length > 0) this.adopt(rows);
    this.tablets.push(rows);
  }

  /** Column names and rows; a row that occurs several times is listed as often. */
  rows(): { columns: string[]; rows: Row[] } {
    for (const tablet of this.tablets) {
      tablet.changeLayout(this.layout);
      for (const [row, count] of tablet.counts) this.counts.set(row, (this.counts.get(row) ?? 0) + count);
    }
    const rows: Row[] = [];
    for (const [text, count] of this.counts) {
      if (count < 0) throw new RangeError('More rows were deleted than inserted.');
      for (let i = 0; i < count; i += 1) rows.push(JSON.parse(text) as Row);
    }
    return { columns: this.layout.map(([, name]) => name), rows };
  }

  private readonly tablets: TabletRows[] = [];
  private layoutMicros = -1n;

  private adopt({ layout, layoutMicros }: TabletRows): void {
    this.layout = layout;
    this.layoutMicros = layoutMicros;
  }
}

class TabletRows {
  layout: Layout = [];
  /** When the layout was written. */
  layoutMicros = 0n;
  counts = new Map<string, number>();
  private micros = 0n;

  constructor(private readonly upToMicros: bigint) {}

  apply(record: TabletRecord): void {
    switch (record[0]) {
      case 'h':
        this.micros = BigInt(record[1]);
        return;
      case 'c':
        if (this.layout.length === 0 || this.micros <= this.upToMicros) {
          this.changeLayout(record[1]);
          this.layoutMicros = this.micros;
        }
        return;
      case 'n':
      case 'o':
        return;
      case 'i':
      case 'd':
      case 't':
        if (this.micros > this.upToMicros) return;
    }
    if (record[0] === 't') {
      this.counts.clear();
      return;
    }
    const text = JSON.stringify(record[1]);
    const count = (this.counts.get(text) ?? 0) + (record[0] === 'i' ? 1 : -1);
    if (count === 0) this.counts.delete(text);
    else this.counts.set(text, count);
  }

  /**
   * Rows in another layout: columns are identified by number; new ones get the value that was recorded for older rows.
   */
  changeLayout(next: Layout): void {
    const same =
      JSON.stringify(this.layout.map(([number]) => number)) === JSON.stringify(next.map(([number]) => number));
    if (!same && this.counts.size > 0) {
      const from = next.map(([number]) => this.layout.findIndex(([known]) => known === number));
      const counts = new Map<string, number>();
      for (const [text, count] of this.counts) {
        const row = JSON.parse(text) as Row;
        const moved = JSON.stringify(
          next.map(([, , missing], i) => (from[i] === -1 ? missing : (row[from[i] ?? -1] ?? null))),
        );
        counts.set(moved, (counts.get(moved) ?? 0) + count);
      }
      this.counts = counts;
    }
    this.layout = next;
  }
}
