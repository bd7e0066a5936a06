interface PendingRequest<T> {
  answer: Promise<T>;
  begin: () => void;
  /** Callers waiting for the response; when there are none, the request is aborted, or never started. */
  callers: number;
  end: AbortController;
}

/**
 * An expensive request that many callers make at the same time: at most one runs, and all calls made meanwhile share
 * the next one. So no caller gets a response to a request that was sent before its call, and 200 runs that start
 * together send two requests. The response is shared: it must not be modified.
 */
export class SharedAnswer<T> {
  private running: PendingRequest<T> | undefined;
  private waiting: PendingRequest<T> | undefined;

  constructor(private readonly ask: (signal: AbortSignal) => Promise<T>) {}

  /** Fails as the request does, or with the signal's reason. */
  async get(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const pending = (this.waiting ??= this.newRequest());
    if (this.running === undefined) this.begin();
    pending.callers += 1;
    let leave: (() => void) | undefined;
    try {
      if (signal === undefined) return await pending.answer;
      const left = new Promise<never>((_, reject) => {
        leave = () => {
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', leave, { once: true });
      });
      return await Promise.race([pending.answer, left]);
    } finally {
      if (leave) signal?.removeEventListener('abort', leave);
      pending.callers -= 1;
      if (pending.callers === 0) {
        pending.end.abort(signal?.reason);
        if (this.waiting === pending) this.waiting = undefined;
      }
    }
  }

  private newRequest(): PendingRequest<T> {
    const end = new AbortController();
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    return { answer: begun.then(async () => await this.ask(end.signal)), begin, callers: 0, end };
  }

  private begin(): void {
    const pending = this.waiting;
    this.waiting = undefined;
    this.running = pending;
    if (pending === undefined) return;
    const over = (): void => {
      this.begin();
    };
    pending.answer.then(over, over);
    pending.begin();
  }
}
