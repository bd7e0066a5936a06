/** So many pieces are kept apart until they are put together. */
const TOGETHER = 1024;

/**
 * What has come of a body whose sender decides on its pieces: each byte by itself takes little more room than all of
 * them at once.
 */
export class Pieces {
  bytes = 0;
  private readonly large: Buffer[] = [];
  private small: Buffer[] = [];

  add(piece: Buffer): void {
    this.bytes += piece.length;
    if (piece.length === 0) return;
    this.small.push(piece);
    if (this.small.length >= TOGETHER) this.gather();
  }

  whole(): Buffer {
    this.gather();
    return Buffer.concat(this.large);
  }

  /** A piece of its own memory: a slice would keep what it was cut out of. */
  private gather(): void {
    if (this.small.length > 0) this.large.push(Buffer.concat(this.small));
    this.small = [];
  }
}
