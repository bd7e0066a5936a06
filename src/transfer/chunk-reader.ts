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
   * Fills the buffer as far as the source reaches; fewer bytes mean that it has ended. Throws the source's error, or
   * the signal's reason.
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

  /** Whether the source has ended; waits until it yields a chunk or ends. */
  async atEnd(): Promise<boolean> {
    while (this.rest.length === 0 && !this.ended) {
      const next = await this.next();
      if (next.done === true) this.ended = true;
      else this.rest = next.value;
    }
    return this.rest.length === 0;
  }

  /** Ends the source early: nothing more is read from it. */
  close(): void {
    if (this.ended) return;
    this.ended = true;
    // Not awaited: a source that is waiting for its own next chunk ends only when that arrives.
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
