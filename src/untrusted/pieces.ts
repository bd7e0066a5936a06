/** This many pieces are kept apart before they are joined. */
const TOGETHER = 1024;

/**
 * The body received so far, in pieces whose size the sender chooses: even single bytes take little more memory than all
 * of them at once.
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

  /** A copy in its own memory: a slice would keep its whole buffer alive. */
  private gather(): void {
    if (this.small.length > 0) this.large.push(Buffer.concat(this.small));
    this.small = [];
  }
}
