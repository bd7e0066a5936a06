import { createHash, hash, type Hash } from 'node:crypto';

const NEWLINE = 0x0a;

/** Counts rows and digests them independently of their order: the sum of the SHA-256 of their lines, modulo 2^256. */
export class RowDigest {
  rows = 0;
  private sum = 0n;
  /** The hash of an unfinished line. */
  private begun: Hash | undefined;

  /** Adds one row, without its line end. */
  add(line: Buffer): void {
    this.count(hash('sha256', line, 'hex'));
  }

  /** Adds text of rows, cut anywhere; each line is a row. */
  addText(text: Buffer): void {
    let at = 0;
    for (;;) {
      const newline = text.indexOf(NEWLINE, at);
      const rest = text.subarray(at, newline === -1 ? text.length : newline);
      if (newline === -1) {
        if (rest.length > 0) this.begun = (this.begun ?? createHash('sha256')).update(rest);
        return;
      }
      if (this.begun) this.count(this.begun.update(rest).digest('hex'));
      else this.add(rest);
      this.begun = undefined;
      at = newline + 1;
    }
  }

  get digest(): string {
    return this.sum.toString(16).padStart(64, '0');
  }

  private count(hex: string): void {
    this.rows += 1;
    this.sum = BigInt.asUintN(256, this.sum + BigInt(`0x${hex}`));
  }
}
