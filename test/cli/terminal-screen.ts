/**
 * A terminal of the tests: what was written as a person sees it; made narrower, it wraps long lines as tmux and most
 * others do.
 */
export class TerminalScreen {
  private lines: string[] = [''];
  private row = 0;
  private column = 0;
  cursorHidden = false;
  readonly isTTY = true;
  rows = 40;

  constructor(public columns: number) {}

  write(text: string): void {
    for (const [part, control, plain] of text.matchAll(/\u001b\[(\??\d*[A-Za-z])|([^\u001b])/g)) {
      if (control !== undefined) this.control(control);
      else if (plain === '\n') this.down();
      else if (plain === '\r') this.column = 0;
      else this.put(part);
    }
  }

  resize(columns: number): void {
    const below = this.row - this.lines.length;
    this.lines = this.lines.flatMap((line) =>
      line === '' ? [''] : (line.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? ['']),
    );
    this.columns = columns;
    this.row = this.lines.length + below;
    this.column = Math.min(this.column, columns);
  }

  /** Without the empty lines at the end. */
  text(): string[] {
    return this.lines.join('\n').trimEnd().split('\n');
  }

  private put(character: string): void {
    if (this.column >= this.columns) this.down();
    const line = (this.lines[this.row] ?? '').padEnd(this.column);
    this.lines[this.row] = line.slice(0, this.column) + character + line.slice(this.column + 1);
    this.column += 1;
  }

  private down(): void {
    this.row += 1;
    this.column = 0;
    this.lines[this.row] ??= '';
  }

  private control(code: string): void {
    if (code.endsWith('A')) this.row = Math.max(0, this.row - Number(code.slice(0, -1)));
    else if (code === 'J') {
      this.lines.length = this.row + 1;
      this.lines[this.row] = (this.lines[this.row] ?? '').slice(0, this.column);
    } else if (code.startsWith('?25')) this.cursorHidden = code === '?25l';
    else throw new Error(`This terminal does not know ESC[${code}.`);
  }
}
