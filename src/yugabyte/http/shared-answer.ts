interface Asking<T> {
  answer: Promise<T>;
  begin: () => void;
  /** Callers waiting for the response; when there are none, the request is aborted, or never started. */
  askedBy: number;
  end: AbortController;
}

/**
 * An expensive request that many callers make at the same time: at most one runs, and all calls made meanwhile share
 * the next one. So no caller gets a response to a request that was sent before its call, and 200 runs that start
 * together send two requests. The response is shared: it must not be modified.
 */
export class SharedAnswer<T> {
  private running: Asking<T> | undefined;
  private waiting: Asking<T> | undefined;

  constructor(private readonly ask: (signal: AbortSignal) => Promise<T>) {}

  /** Fails as the request does, or with the signal's reason. */
  async get(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const asking = (this.waiting ??= this.asking());
    if (this.running === undefined) this.begin();
    asking.askedBy += 1;
    let leave: (() => void) | undefined;
    try {
      if (signal === undefined) return await asking.answer;
      const left = new Promise<never>((_, reject) => {
        leave = () => {
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', leave, { once: true });
      });
      return await Promise.race([asking.answer, left]);
    } finally {
      if (leave) signal?.removeEventListener('abort', leave);
      asking.askedBy -= 1;
      if (asking.askedBy === 0) {
        asking.end.abort(signal?.reason);
        if (this.waiting === asking) this.waiting = undefined;
      }
    }
  }

  private asking(): Asking<T> {
    const end = new AbortController();
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    return { answer: begun.then(async () => await this.ask(end.signal)), begin, askedBy: 0, end };
  }

  private begin(): void {
    const asking = this.waiting;
    this.waiting = undefined;
    this.running = asking;
    if (asking === undefined) return;
    const over = (): void => {
      this.begin();
    };
    asking.answer.then(over, over);
    asking.begin();
  }
}
