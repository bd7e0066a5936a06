/** Long enough to smooth batches and heartbeats, short enough to show that a store has stalled. */
const WINDOW_MS = 20_000;
/** Before that, a rate would be a guess. */
const MIN_SPAN_MS = 4_000;

/** How fast a counter has grown recently. */
export class RateWindow {
  private readonly samples: { at: number; value: number }[] = [];

  /**
   * Records the counter and returns its growth per second over the window; undefined while there are too few samples.
   */
  perSecond(value: number, at: number): number | undefined {
    const last = this.samples.at(-1);
    if (last && value < last.value) this.samples.length = 0; // the counter was reset
    this.samples.push({ at, value });
    // One sample from before the window is kept, so that the whole window is covered.
    while (this.samples[1] && at - this.samples[1].at >= WINDOW_MS) this.samples.shift();
    const [first] = this.samples;
    if (!first || at - first.at < MIN_SPAN_MS) return undefined;
    return ((value - first.value) * 1000) / (at - first.at);
  }
}
