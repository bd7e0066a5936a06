/**
 * The beginning and the end of a text that may be long and arrives in pieces. A line that was cut is left out entirely:
 * half a statement could hide what redaction looks for.
 */
export class OutputExcerpt {
  private beginning = Buffer.alloc(0);
  private end = Buffer.alloc(0);
  private dropped = false;

  /** Keeps `bytes` of the beginning, and as many of the end. */
  constructor(private readonly bytes: number) {}

  push(chunk: Buffer): void {
    const room = this.bytes - this.beginning.length;
    this.beginning = Buffer.concat([this.beginning, chunk.subarray(0, room)]);
    const end = Buffer.concat([this.end, chunk.subarray(room)]);
    if (end.length > this.bytes) this.dropped = true;
    this.end = end.subarray(-this.bytes);
  }

  text(): string {
    if (!this.dropped) return Buffer.concat([this.beginning, this.end]).toString('utf8');
    return Buffer.concat([
      this.beginning.subarray(0, this.beginning.lastIndexOf('\n') + 1),
      this.end.subarray(this.end.indexOf('\n') + 1 || this.end.length),
    ]).toString('utf8');
  }
}
