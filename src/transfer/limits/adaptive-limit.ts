/**
 * How many requests are in flight: up to a ceiling, halved when the store asks for less, one more after each window
 * of successes (AIMD). First come, first served.
 */
export class AdaptiveLimit {
  private allowed: number;
  private running = 0;
  private successes = 0;
  private halvedAt = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private ceiling: number) {
    this.allowed = ceiling;
  }

  get inFlight(): number {
    return this.running;
  }

  get cap(): number {
    return this.allowed;
  }

  /** A new ceiling; requests that run already end as they are. */
  set(ceiling: number): void {
    this.allowed = this.allowed >= this.ceiling ? ceiling : Math.min(this.allowed, ceiling);
    this.ceiling = ceiling;
    this.admit();
  }

  async run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await this.enter(signal);
    try {
      return await work();
    } finally {
      this.running -= 1;
      this.admit();
    }
  }

  succeeded(): void {
    this.successes += 1;
    if (this.successes < this.allowed || this.allowed >= this.ceiling) return;
    this.successes = 0;
    this.allowed += 1;
    this.admit();
  }

  /** The store asked for less: half, at most once a second, since one overload fails many requests at once. */
  throttled(now = performance.now()): void {
    this.successes = 0;
    if (this.halvedAt !== 0 && now - this.halvedAt < 1_000) return;
    this.halvedAt = now;
    this.allowed = Math.max(1, Math.floor(this.allowed / 2));
  }

  private async enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.running < this.allowed && this.waiting.length === 0) {
      this.running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        reject(signal?.reason as Error);
      };
      const start = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(start);
    });
  }

  private admit(): void {
    while (this.running < this.allowed) {
      const start = this.waiting.shift();
      if (start === undefined) return;
      this.running += 1;
      start();
    }
  }
}
