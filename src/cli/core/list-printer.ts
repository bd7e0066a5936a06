import type { Session } from './session';

/** A column of a list. */
export interface Column<Row> {
  title: string;
  /** Cells are padded to this width, or to the title's. */
  width?: number;
  of(row: Row): string;
  /** Where the line is too long for the terminal, it stands on lines of its own below: `title value`. */
  more?: boolean;
}

const GAP = '  ';
const INDENT = '  ';

/**
 * Prints a list row by row, as the rows come: a table, one line a row. On a terminal that is too narrow for it, what is
 * marked `more` stands on lines of its own below. Piped, a row is always one line.
 */
export class ListPrinter<Row> {
  private readonly folded: boolean;
  private headed = false;

  constructor(
    private readonly session: Session,
    private readonly columns: readonly Column<Row>[],
  ) {
    const { isTTY, columns: width } = session.io.stdout;
    const needed = columns.reduce((sum, column) => sum + widthOf(column) + GAP.length, -GAP.length);
    this.folded = isTTY === true && width !== undefined && needed > width;
  }

  print(row: Row): void {
    const main = this.folded ? this.columns.filter(({ more }) => !more) : this.columns;
    if (!this.headed) this.session.say(lineOf(main.map((column) => padded(column, column.title))));
    this.headed = true;
    this.session.say(lineOf(main.map((column) => padded(column, column.of(row)))));
    if (!this.folded) return;
    const facts = this.columns
      .filter(({ more }) => more)
      .map((column) => [column.title.toLowerCase(), column.of(row)] as const)
      .filter(([, value]) => value !== '')
      .map(([title, value]) => `${title} ${value}`);
    for (const line of wrapped(facts, (this.session.io.stdout.columns ?? 80) - INDENT.length))
      this.session.say(`${INDENT}${line}`);
  }
}

const widthOf = <Row>({ title, width = 0 }: Column<Row>): number => Math.max(title.length, width);
const padded = <Row>(column: Column<Row>, text: string): string => text.padEnd(widthOf(column));
const lineOf = (cells: string[]): string => cells.join(GAP).trimEnd();

/** Facts side by side as long as they fit. */
function wrapped(facts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const fact of facts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + GAP.length + fact.length <= width)
      lines[lines.length - 1] = last + GAP + fact;
    else lines.push(fact);
  }
  return lines;
}
