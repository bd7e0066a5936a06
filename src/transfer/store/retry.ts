import { setTimeout as pause } from 'node:timers/promises';
import { isStoreError, type StoreError } from './store-error';
import type { Gate } from '../limits/transfer-limits';

export interface RetryPolicy {
  /** A request that has kept failing for this long is given up. */
  retryForMs: number;
  /** First pause after a failure of the store; doubles each time, with jitter. */
  pauseMs: number;
  maxPauseMs: number;
  /** The same after the store throttled: minutes, not milliseconds. */
  throttledPauseMs: number;
  maxThrottledPauseMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  retryForMs: 15 * 60_000,
  pauseMs: 200,
  maxPauseMs: 30_000,
  throttledPauseMs: 1_000,
  maxThrottledPauseMs: 300_000,
};

export interface RetryOptions {
  policy: RetryPolicy;
  signal?: AbortSignal | undefined;
  gate?: Gate | undefined;
  /**
   * Called with each failure of a request that may be repeated: for how many milliseconds from now; 0: it is final.
   * Without it `retryForMs` decides.
   */
  leftMs?: ((failure: StoreError) => number) | undefined;
}

/** Damage in transit is worth two more attempts; after that the memory or the store is at fault. */
const MAX_CHECKSUM_ATTEMPTS = 3;

/**
 * Runs a request until it succeeds, fails without a retry, or has failed for longer than the policy allows. It is
 * repeated only if the store was unreachable, throttled or received damaged bytes; everything else is final.
 */
export async function withRetry<T>(request: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { policy, signal, gate } = options;
  let failedSince: number | undefined;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      const result = await request();
      gate?.succeeded();
      return result;
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      if (!isStoreError(error, 'unavailable', 'throttled', 'checksum')) throw error;
      if (error.kind === 'checksum' && attempt >= MAX_CHECKSUM_ATTEMPTS) throw error;
      if (error.kind === 'throttled' || error.status === 503) gate?.throttled();
      const now = Date.now();
      failedSince ??= now;
      const left = options.leftMs?.(error) ?? failedSince + policy.retryForMs - now;
      const pauseMs = Math.min(pauseAfter(error, attempt, policy), Math.max(left, 0));
      if (left <= 0) throw error;
      await pause(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/** Random between half of the doubled pause and all of it; never shorter than the store asked for. */
function pauseAfter(failure: StoreError, attempt: number, policy: RetryPolicy): number {
  const throttled = failure.kind === 'throttled';
  const first = throttled ? policy.throttledPauseMs : policy.pauseMs;
  const most = throttled ? policy.maxThrottledPauseMs : policy.maxPauseMs;
  const doubled = Math.min(first * 2 ** Math.min(attempt - 1, 20), most);
  return Math.max(doubled * (0.5 + Math.random() / 2), failure.retryAfterMs ?? 0);
}
