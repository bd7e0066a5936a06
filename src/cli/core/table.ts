import { fitFacts } from './fit-text';
import { onOneLine } from './sanitized-output';

/** A column of a list. */
export interface Column<Row> {
  title: string;
  /** Cells are padded to this width, or to the title's. */
  width?: number;
  of(row: Row): string;
  /** If the line is too long for the terminal, this goes on a line of its own below: `title value`. */
  more?: boolean;
}

const GAP = '  ';
const INDENT = '  ';

/** Rows as lines, no wider than `width` if one is given. */
export class Table<Row> {
  private readonly beside: readonly Column<Row>[];
  private readonly below: readonly Column<Row>[];

  constructor(
    columns: readonly Column<Row>[],
    private readonly width: number | undefined,
  ) {
    const main = columns.filter(({ more }) => !more);
    if (fitsWidth(columns, width)) this.beside = columns;
    else this.beside = fitsWidth(main, width) ? main : columns.slice(0, 1);
    this.below = columns.filter((column) => !this.beside.includes(column));
  }

  head(): string {
    return lineOf(this.beside.map((column) => padded(column, column.title)));
  }

  rowOf(row: Row): string[] {
    const lineWith = (columns: readonly Column<Row>[]): string =>
      lineOf(columns.map((column) => padded(column, onOneLine(column.of(row)))));
    const line = lineWith(this.beside);
    if (this.width === undefined) return [line];
    // A value may be longer than expected.
    const main = line.length > this.width ? this.beside.filter(({ more }) => !more) : this.beside;
    const below = [...this.beside.filter((column) => !main.includes(column)), ...this.below];
    const facts = below
      .map((column) => [column.title.toLowerCase(), onOneLine(column.of(row))] as const)
      .filter(([, value]) => value !== '')
      .map(([title, value]) => `${title} ${value}`);
    return [lineWith(main), ...fitFacts(facts, this.width, INDENT)];
  }

  /** The whole table; each row ends with a line feed. */
  text(rows: readonly Row[]): string {
    return [this.head(), ...rows.flatMap((row) => this.rowOf(row))].map((line) => `${line}\n`).join('');
  }
}

/** Columns as wide as their contents. */
export function fitToContents<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Column<Row>[] {
  return columns.map((column) => ({
    ...column,
    width: rows.reduce((width, row) => Math.max(width, column.of(row).length), 0),
  }));
}

export function fitsWidth<Row>(columns: readonly Column<Row>[], width: number | undefined): boolean {
  if (width === undefined) return true;
  return columns.reduce((sum, column) => sum + widthOf(column) + GAP.length, -GAP.length) <= width;
}

const widthOf = <Row>({ title, width = 0 }: Column<Row>): number => Math.max(title.length, width);
const padded = <Row>(column: Column<Row>, text: string): string => text.padEnd(widthOf(column));
const lineOf = (cells: string[]): string => cells.join(GAP).trimEnd();
