import { StringDecoder } from 'node:string_decoder';

/** Emits the lines of a text that arrives in pieces, without their line ends. */
export class LinesOfOutput {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  constructor(private readonly line: (text: string) => void) {}

  /** Characters of the line that has not ended yet. */
  get unfinished(): number {
    return this.rest.length;
  }

  push(piece: Buffer): void {
    const lines = (this.rest + this.decoder.write(piece)).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.line(line.endsWith('\r') ? line.slice(0, -1) : line);
  }

  end(): void {
    const last = this.rest + this.decoder.end();
    this.rest = '';
    if (last !== '') this.line(last);
  }
}
