import type { Output } from '../core/cli-io';
import { printable, rawOutput } from '../core/sanitized-output';

const UP = (lines: number): string => (lines > 0 ? `\u001b[${lines}A` : '');
const CLEAR_BELOW = '\u001b[J';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/**
 * Lines at the end of a terminal that are redrawn in place. The cursor is on the line below them, so that what others
 * write (the terminal's `^C`, a sentence on stderr) does not overwrite them.
 */
export class LiveFrame {
  private shown: readonly string[] = [];
  private open = false;

  private readonly output: Output;

  constructor(output: Output) {
    this.output = rawOutput(output);
  }

  /** Draws lines that are no longer than the terminal is wide. */
  draw(lines: readonly string[]): void {
    const text = lines.map((line) => `${printable(line)}\n`).join('');
    if (this.open && text === this.shown.map((line) => `${line}\n`).join('')) return;
    this.output.write(`${this.open ? '' : HIDE_CURSOR}\r${UP(this.rows())}${CLEAR_BELOW}${text}`);
    this.open = true;
    this.shown = lines.map(printable);
  }

  /** Leaves the last lines in place and shows the cursor again, on an empty line. */
  close(): void {
    if (!this.open) return;
    this.output.write(`\r${CLEAR_BELOW}${SHOW_CURSOR}`);
    this.open = false;
    this.shown = [];
  }

  /** Terminal rows of what was drawn: a terminal that became narrower has wrapped longer lines. */
  private rows(): number {
    const width = this.output.columns ?? 80;
    return this.shown.reduce((sum, line) => sum + Math.max(1, Math.ceil([...line].length / width)), 0);
  }
}
