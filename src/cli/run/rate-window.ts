/** Long enough that batches and heartbeats even out, short enough that a store that stands still is seen. */
const WINDOW_MS = 20_000;
/** Before that a rate would be a guess. */
const AT_LEAST_MS = 4_000;

/** How fast a counter has grown lately. */
export class RateWindow {
  private readonly samples: { at: number; value: number }[] = [];

  /** Notes the counter and gives its growth per second over the window; undefined while too little is known. */
  perSecond(value: number, at: number): number | undefined {
    const last = this.samples.at(-1);
    if (last && value < last.value) this.samples.length = 0; // counted anew
    this.samples.push({ at, value });
    // One sample beyond the window stays, so that the window is whole.
    while (this.samples[1] && at - this.samples[1].at >= WINDOW_MS) this.samples.shift();
    const [first] = this.samples;
    if (!first || at - first.at < AT_LEAST_MS) return undefined;
    return ((value - first.value) * 1000) / (at - first.at);
  }
}
