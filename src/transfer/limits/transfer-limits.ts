import { AdaptiveLimit } from './adaptive-limit';
import { RateLimiter } from './rate-limiter';

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

  constructor(
    values: LimitValues = {},
    private readonly within?: TransferLimits,
  ) {
    this.rate = new RateLimiter(values.bytesPerSecond ?? 0);
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

  async run<T>(bytes: number, signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
    return this.flights.run(signal, async () => {
      await this.rate.take(bytes, signal);
      return this.within === undefined ? await send() : await this.within.run(bytes, signal, send);
    });
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
