/** Reads in one run's history, whatever its duration, bytes and nodes. */
export const MAX_READS = 200;
/** This many of them are reserved for the ends of fan-outs. */
const LAST_READS = 20;
/** Ratio of each interval to the one before: what the page shows is at most this share of the elapsed time old. */
const GROWTH = 1.05;

/** When a run reads how far its copies are: at growing intervals, so that 200 reads are enough for weeks. */
export class CopyReadSchedule {
  private taken = 0;

  /** Milliseconds until the next read; undefined when all are used up. */
  next(firstMs: number): number | undefined {
    if (this.taken >= MAX_READS - LAST_READS) return undefined;
    const distance = firstMs * GROWTH ** this.taken;
    this.taken += 1;
    return Math.round(distance);
  }

  /** Whether a read is allowed now, because the copies are being stopped. */
  last(): boolean {
    if (this.taken >= MAX_READS) return false;
    this.taken += 1;
    return true;
  }
}
