import { setTimeout as pause } from 'node:timers/promises';

/** A token bucket for bytes per second, adjustable while in use. 0 = no limit. */
export class RateLimiter {
  private tokens = 0;
  private filledAt = performance.now();
  private wakeUp = new AbortController();

  constructor(private bytesPerSecond = 0) {}

  /** Takes effect on calls that are already waiting, too. */
  set(bytesPerSecond: number): void {
    this.refill();
    this.bytesPerSecond = bytesPerSecond;
    this.tokens = Math.min(this.tokens, bytesPerSecond);
    this.wakeUp.abort();
    this.wakeUp = new AbortController();
  }

  /**
   * Waits until `bytes` may be sent. A part larger than one second's worth goes into debt, which later calls pay off.
   */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      this.refill();
      if (this.bytesPerSecond <= 0) return;
      if (this.tokens >= 0) {
        this.tokens -= bytes;
        return;
      }
      const waitMs = Math.min((-this.tokens / this.bytesPerSecond) * 1000 + 1, 60_000);
      const stop = signal === undefined ? this.wakeUp.signal : AbortSignal.any([this.wakeUp.signal, signal]);
      // Woken by a new limit or by the caller's signal; both are checked above.
      await pause(waitMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  private refill(): void {
    const now = performance.now();
    const earned = ((now - this.filledAt) / 1000) * this.bytesPerSecond;
    // At most a quarter of a second is saved up: no burst may follow a pause.
    this.tokens = Math.min(this.tokens + earned, this.bytesPerSecond / 4);
    this.filledAt = now;
  }
}
