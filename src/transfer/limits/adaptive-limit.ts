import { FifoSemaphore } from './fifo-semaphore';

/**
 * Limits the requests in flight: up to a ceiling, halved when the store throttles, one more after each window of
 * successes (AIMD). First come, first served.
 */
export class AdaptiveLimit {
  private allowed: number;
  private successes = 0;
  private halvedAt = 0;
  private readonly semaphore: FifoSemaphore;

  constructor(private ceiling: number) {
    this.allowed = ceiling;
    this.semaphore = new FifoSemaphore(ceiling);
  }

  get inFlight(): number {
    return this.semaphore.held;
  }

  get cap(): number {
    return this.allowed;
  }

  /** Sets a new ceiling; requests in flight are not interrupted. */
  set(ceiling: number): void {
    this.allowed = this.allowed >= this.ceiling ? ceiling : Math.min(this.allowed, ceiling);
    this.ceiling = ceiling;
    this.semaphore.set(this.allowed);
  }

  async run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await this.semaphore.acquire(1, signal);
    try {
      return await work();
    } finally {
      this.semaphore.release(1);
    }
  }

  succeeded(): void {
    this.successes += 1;
    if (this.successes < this.allowed || this.allowed >= this.ceiling) return;
    this.successes = 0;
    this.allowed += 1;
    this.semaphore.set(this.allowed);
  }

  /** The store throttled: halves the limit, at most once a second, since one overload fails many requests at once. */
  throttled(now = performance.now()): void {
    this.successes = 0;
    if (this.halvedAt !== 0 && now - this.halvedAt < 1_000) return;
    this.halvedAt = now;
    this.allowed = Math.max(1, Math.floor(this.allowed / 2));
    this.semaphore.set(this.allowed);
  }
}
