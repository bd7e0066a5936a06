interface SharedQuery {
  startedAt: number;
  answer: Promise<unknown>;
  /** How many wait for the answer; when nobody does, the look is ended. */
  callers: number;
  end: AbortController;
}

/**
 * Looks once for all that wait for the same thing: a hundred waiting restores are one `list_snapshot_restorations` per
 * poll interval, not a hundred. An answer is shared for `freshMs`, and only with those that were waiting when it was
 * requested: nobody gets an answer older than its own wait.
 */
export class SharedQueries {
  private readonly looks = new Map<string, SharedQuery>();

  async query<T>(
    key: string,
    { since, freshMs, signal }: { since: number; freshMs: number; signal: AbortSignal },
    ask: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const known = this.looks.get(key);
    const usable =
      known && !known.end.signal.aborted && known.startedAt >= since && Date.now() - known.startedAt < freshMs;
    const query = usable ? known : this.begin(key, freshMs, ask);
    query.callers += 1;
    let leave: (() => void) | undefined;
    try {
      const left = new Promise<never>((_, reject) => {
        leave = () => {
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', leave, { once: true });
      });
      return (await Promise.race([query.answer, left])) as T;
    } finally {
      if (leave) signal.removeEventListener('abort', leave);
      query.callers -= 1;
      if (query.callers === 0 && signal.aborted) query.end.abort(signal.reason);
    }
  }

  private begin(key: string, freshMs: number, ask: (signal: AbortSignal) => Promise<unknown>): SharedQuery {
    const end = new AbortController();
    const query: SharedQuery = { startedAt: Date.now(), answer: ask(end.signal), callers: 0, end };
    this.looks.set(key, query);
    const forget = (): void => {
      if (this.looks.get(key) === query) this.looks.delete(key);
    };
    // A failed look is repeated by the next caller.
    query.answer.then(() => setTimeout(forget, freshMs).unref(), forget);
    return query;
  }
}
