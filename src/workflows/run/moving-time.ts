import type { Timing } from '../../contract';

/** The slowest bandwidth of a node that is expected where no limit of the run says otherwise. */
const SLOWEST_BYTES_PER_SECOND = 1_000_000;
/** A node worker runs this many batches at once, of any runs; they share its bandwidth. */
const BATCHES_AT_ONCE = 4;
/** The server takes no time-outs of centuries. */
const MAX_MS = 365 * 24 * 3_600_000;

/** Bytes that one activity moves, and the run's limit; 0 or absent: none. */
export interface Moved {
  bytes: number;
  bytesPerSecond?: number | undefined;
}

/**
 * How long one attempt may take to move so many bytes: `copyTimeout`, and beyond it what they take at the slowest
 * bandwidth. A batch grows with the work, so no fixed time-out would suit it; an attempt that can't end within its
 * time-out would be cut off, and the next one no sooner done. Dead workers are noticed by their heartbeats, and what
 * has hung by the time-outs of requests and tools.
 */
export function movingTimeout({ copyTimeout }: Pick<Timing, 'copyTimeout'>, { bytes, bytesPerSecond }: Moved): number {
  const limit = bytesPerSecond === undefined || bytesPerSecond === 0 ? Infinity : bytesPerSecond;
  const slowest = Math.min(limit, SLOWEST_BYTES_PER_SECOND) / BATCHES_AT_ONCE;
  return Math.min(copyTimeout + Math.ceil((bytes / slowest) * 1000), MAX_MS);
}
