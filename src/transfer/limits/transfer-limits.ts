import { AdaptiveLimit } from './adaptive-limit';
import { FifoSemaphore } from './fifo-semaphore';
import { RateLimiter, type Clock } from './rate-limiter';

export interface LimitValues {
  /** 0 = no limit of its own. */
  bytesPerSecond?: number | undefined;
  /** Requests in flight; 0 = the default. */
  parallelism?: number | undefined;
}

/** Knee of the measured curve: 8 in flight × 16 MiB. */
export const DEFAULT_PARALLELISM = 8;

/** What every request that carries bytes passes through: the run's limits, then the node's. */
export interface Gate {
  run<T>(bytes: number, signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T>;
  succeeded(): void;
  throttled(): void;
}

/**
 * Limits of one run, or of one node across all runs (`within`). They can be changed while transfers run; where a run's
 * own limit is lifted, the node's remains the ceiling.
 */
export class TransferLimits implements Gate {
  private readonly rate: RateLimiter;
  private readonly flights: AdaptiveLimit;
  private readonly next = new FifoSemaphore(1);

  constructor(
    values: LimitValues = {},
    private readonly within?: TransferLimits,
    clock?: Clock,
  ) {
    this.rate = new RateLimiter(values.bytesPerSecond ?? 0, clock);
    this.flights = new AdaptiveLimit(ceiling(values.parallelism));
  }

  /** Requests that may be in flight now. */
  get parallelism(): number {
    return Math.min(this.flights.cap, this.within?.parallelism ?? Infinity);
  }

  /** Changes the given values, at once. */
  set(values: LimitValues): void {
    if (values.bytesPerSecond !== undefined) this.rate.set(values.bytesPerSecond);
    if (values.parallelism !== undefined) this.flights.set(ceiling(values.parallelism));
  }

  /**
   * Bytes are paid for while earlier requests are in flight, so that a limit is reached with one request at a time,
   * too; but at most one request of a run is paid for and waits for its place.
   */
  async run<T>(bytes: number, signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
    await this.next.acquire(1, signal);
    let isNext = true;
    const goes = (): void => {
      if (isNext) this.next.release(1);
      isNext = false;
    };
    try {
      await this.pay(bytes, signal);
      return await this.admit(signal, async () => {
        goes();
        return await send();
      });
    } finally {
      goes();
    }
  }

  /** The limits of the run and of the node at the same time: one after the other they would add up. */
  private async pay(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    await Promise.all([this.rate.take(bytes, signal), this.within?.pay(bytes, signal)]);
  }

  private async admit<T>(signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
    const { within } = this;
    return await this.flights.run(signal, within === undefined ? send : () => within.admit(signal, send));
  }

  succeeded(): void {
    this.flights.succeeded();
    this.within?.succeeded();
  }

  throttled(): void {
    this.flights.throttled();
    this.within?.throttled();
  }
}

const ceiling = (parallelism: number | undefined): number =>
  parallelism === undefined || parallelism <= 0 ? DEFAULT_PARALLELISM : parallelism;
