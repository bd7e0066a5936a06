import { createHash, hash, type Hash } from 'node:crypto';

const NEWLINE = 0x0a;

/**
 * Rows and a digest of them that does not depend on their order: the sum of the SHA-256 of their lines, modulo 2^256.
 */
export class RowDigest {
  rows = 0;
  private sum = 0n;
  /** Of a line whose end has not come. */
  private begun: Hash | undefined;

  /** One row, without the end of its line. */
  add(line: Buffer): void {
    this.count(hash('sha256', line, 'hex'));
  }

  /** Text of rows in pieces that are cut anywhere; each line is a row. */
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
