import { setTimeout as pause } from 'node:timers/promises';
import { FifoSemaphore } from './fifo-semaphore';

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

/**
 * A token bucket for bytes per second, adjustable while in use. 0 = no limit. Bytes are paid for before they are sent,
 * first come, first served: what has been let go since the beginning is never more than the limit allows.
 */
export class RateLimiter {
  private tokens = 0;
  private filledAt: number;
  private wakeUp = new AbortController();
  private readonly turn = new FifoSemaphore(1);

  constructor(
    private bytesPerSecond = 0,
    private readonly clock = realClock,
  ) {
    this.filledAt = clock.now();
  }

  /** Takes effect on calls that are already waiting, too: what they have not paid yet, they pay at the new rate. */
  set(bytesPerSecond: number): void {
    this.refill();
    this.bytesPerSecond = bytesPerSecond;
    this.tokens = Math.min(this.tokens, bytesPerSecond * SAVED_SECONDS);
    this.wakeUp.abort();
    this.wakeUp = new AbortController();
  }

  /** Waits until `bytes` are paid for. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    await this.turn.acquire(1, signal);
    try {
      this.refill();
      this.tokens -= bytes;
      while (this.bytesPerSecond > 0 && this.tokens < 0) {
        const waitMs = Math.min((-this.tokens / this.bytesPerSecond) * 1000 + 1, 60_000);
        const stop = signal === undefined ? this.wakeUp.signal : AbortSignal.any([this.wakeUp.signal, signal]);
        // Woken by a new limit or by the caller's signal.
        await this.clock.pause(waitMs, stop);
        signal?.throwIfAborted();
        this.refill();
      }
    } finally {
      // Whoever stopped, or needs no tokens any more, leaves no debt to the next.
      this.tokens = Math.max(this.tokens, 0);
      this.turn.release(1);
    }
  }

  private refill(): void {
    const now = this.clock.now();
    const earned = ((now - this.filledAt) / 1000) * this.bytesPerSecond;
    this.tokens = Math.min(this.tokens + earned, this.bytesPerSecond * SAVED_SECONDS);
    this.filledAt = now;
  }
}

/** Saved up at most while nobody pays, for timers that are late: no burst may follow a pause. */
const SAVED_SECONDS = 1 / 4;
