import type { WholeHash } from '../thread/byte-work';

/** SHA-256 of a whole whose pieces arrive in any order: each waits until all before it are on their way to the hash. */
export class OrderedHash {
  private readonly waiting = new Map<number, { start: () => void; leave: (error: unknown) => void }>();
  private next = 0;
  private given: { error: unknown } | undefined;

  constructor(private readonly hash: WholeHash) {}

  /** Ends when the piece is hashed; its bytes must stay until then. Every index from 0 must come once. */
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

  /** A piece will never come: whoever waits behind it fails with this error, too. */
  giveUp(error: unknown): void {
    this.given ??= { error };
    for (const { leave } of this.waiting.values()) leave(error);
    this.waiting.clear();
  }

  /** Hex, once every piece is hashed. */
  async digest(): Promise<string> {
    return await this.hash.digest();
  }

  /** Gives up; harmless after `digest`. */
  drop(): void {
    this.hash.drop();
  }
}
