/** What reading may cost a run's history, whatever its length, its bytes and its nodes. */
export const READS_AT_MOST = 200;
/** So many of them are left for the ends of fan-outs. */
const LAST_READS = 20;
/** Each distance over the one before: what the page shows is at most this share of the elapsed time old. */
const GROWTH = 1.05;

/** When a run looks how far its copies are: at growing distances, so that 200 looks are enough for weeks. */
export class CopyReads {
  private taken = 0;

  /** Milliseconds until the next look; undefined when the looks are used up. */
  next(firstMs: number): number | undefined {
    if (this.taken >= READS_AT_MOST - LAST_READS) return undefined;
    const distance = firstMs * GROWTH ** this.taken;
    this.taken += 1;
    return Math.round(distance);
  }

  /** Whether there may be a look at once, because the copies are being stopped. */
  last(): boolean {
    if (this.taken >= READS_AT_MOST) return false;
    this.taken += 1;
    return true;
  }
}
