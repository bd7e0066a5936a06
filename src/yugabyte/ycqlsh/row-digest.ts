import { createHash } from 'node:crypto';

/** Rows and a digest of them that does not depend on their order: the sum of their SHA-256. */
export class RowDigest {
  rows = 0;
  private sum = 0n;

  add(line: Buffer): void {
    this.rows += 1;
    this.sum += BigInt(`0x${createHash('sha256').update(line).digest('hex')}`);
  }

  get digest(): string {
    return BigInt.asUintN(256, this.sum).toString(16).padStart(64, '0');
  }
}
