import { setTimeout as pause } from 'node:timers/promises';

/** The time, and a way to wait; replaced in tests. */
export interface Clock {
  now(): number;
  /** Ends early, without an error, when the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const realClock: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => pause(ms, undefined, { signal }).catch(() => undefined),
};

/** A token bucket for bytes per second, adjustable while in use. 0 = no limit. */
export class RateLimiter {
  private tokens = 0;
  private filledAt: number;
  private wakeUp = new AbortController();

  constructor(
    private bytesPerSecond = 0,
    private readonly clock = realClock,
  ) {
    this.filledAt = clock.now();
  }

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
      await this.clock.pause(waitMs, stop);
    }
  }

  private refill(): void {
    const now = this.clock.now();
    const earned = ((now - this.filledAt) / 1000) * this.bytesPerSecond;
    // At most a quarter of a second is saved up: no burst may follow a pause.
    this.tokens = Math.min(this.tokens + earned, this.bytesPerSecond / 4);
    this.filledAt = now;
  }
}
