import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { SLICE_BYTES } from './hash-file';

/** SHA-256 of a whole whose pieces arrive in any order: each waits until all before it are hashed. */
export class OrderedHash {
  private readonly hash = createHash('sha256');
  private readonly waiting = new Map<number, { start: () => void; leave: (error: unknown) => void }>();
  private next = 0;
  private given: { error: unknown } | undefined;

  /** Ends when the piece is hashed; its bytes must stay until then. Every index from 0 must come once. */
  async add(index: number, bytes: Buffer): Promise<void> {
    if (this.given !== undefined) throw this.given.error;
    if (index !== this.next)
      await new Promise<void>((start, leave) => {
        this.waiting.set(index, { start, leave });
      });
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      this.hash.update(bytes.subarray(at, at + SLICE_BYTES));
      await turn();
    }
    this.next += 1;
    this.waiting.get(this.next)?.start();
    this.waiting.delete(this.next);
  }

  /** A piece will never come: whoever waits behind it fails with this error, too. */
  giveUp(error: unknown): void {
    this.given ??= { error };
    for (const { leave } of this.waiting.values()) leave(error);
    this.waiting.clear();
  }

  /** Hex, once every piece is hashed. */
  digest(): string {
    return this.hash.digest('hex');
  }
}
