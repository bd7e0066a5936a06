/** Reads a stream of chunks in pieces of any size. */
export class ChunkReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);
  private ended = false;

  constructor(
    source: AsyncIterable<Buffer>,
    private readonly signal?: AbortSignal,
  ) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /**
   * Fills the buffer as far as the source reaches; fewer bytes mean its end. Throws what the source throws, or the
   * signal's reason.
   */
  async fill(into: Buffer): Promise<number> {
    let filled = 0;
    while (filled < into.length && !(await this.atEnd())) {
      const copied = this.rest.copy(into, filled);
      this.rest = this.rest.subarray(copied);
      filled += copied;
    }
    return filled;
  }

  /** Whether nothing is left; waits for the source. */
  async atEnd(): Promise<boolean> {
    while (this.rest.length === 0 && !this.ended) {
      const next = await this.next();
      if (next.done === true) this.ended = true;
      else this.rest = next.value;
    }
    return this.rest.length === 0;
  }

  /** Tells the source that nobody reads it any more. */
  close(): void {
    if (this.ended) return;
    this.ended = true;
    // A source that waits for its own next chunk ends when that comes; nobody waits for it here.
    void this.chunks.return?.().catch(() => undefined);
  }

  private async next(): Promise<IteratorResult<Buffer>> {
    const { signal } = this;
    signal?.throwIfAborted();
    if (signal === undefined) return await this.chunks.next();
    let stop: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      stop = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([this.chunks.next(), aborted]);
    } finally {
      if (stop) signal.removeEventListener('abort', stop);
    }
  }
}
