import type { WholeHash } from '../thread/byte-work';

/**
 * SHA-256 of a whole whose pieces arrive in any order: each waits until all pieces before it were passed to the hash.
 */
export class OrderedHash {
  private readonly waiting = new Map<number, { start: () => void; leave: (error: unknown) => void }>();
  private next = 0;
  private given: { error: unknown } | undefined;

  constructor(private readonly hash: WholeHash) {}

  /** Ends when the piece is hashed; its bytes must not change before. Every index from 0 on must be added once. */
  async add(index: number, bytes: Buffer): Promise<void> {
    if (this.given !== undefined) throw this.given.error;
    if (index !== this.next)
      await new Promise<void>((start, leave) => {
        this.waiting.set(index, { start, leave });
      });
    const hashed = this.hash.add(bytes);
    this.next += 1;
    this.waiting.get(this.next)?.start();
    this.waiting.delete(this.next);
    await hashed;
  }

  /** A piece will never arrive: every piece waiting behind it fails with this error, too. */
  giveUp(error: unknown): void {
    this.given ??= { error };
    for (const { leave } of this.waiting.values()) leave(error);
    this.waiting.clear();
  }

  /** Hex; call it once every piece is hashed. */
  async digest(): Promise<string> {
    return await this.hash.digest();
  }

  /** Discards the hash; harmless after `digest`. */
  drop(): void {
    this.hash.drop();
  }
}
