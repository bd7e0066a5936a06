/** How often backups are made, and when the next ones are expected. */
export class Cadence {
  private constructor(
    private readonly newest: number,
    /** Milliseconds between two backups. */
    readonly intervalMs: number,
  ) {}

  /** The median interval between the newest backups; undefined if there are fewer than two. `times`: newest first. */
  static of(times: readonly number[]): Cadence | undefined {
    const some = times.slice(0, MAX_SAMPLES);
    const pauses = some.slice(1).map((at, i) => (some[i] ?? at) - at);
    const middle = pauses.filter((pause) => pause > 0).sort((a, b) => a - b);
    const intervalMs = middle[Math.floor(middle.length / 2)];
    return intervalMs === undefined ? undefined : new Cadence(some[0] ?? 0, intervalMs);
  }

  /** When the nth backup after the newest one is expected, but not before now. */
  arrival(n: number, now: number): number {
    return this.first(now) + (n - 1) * this.intervalMs;
  }

  /** The first backup that is expected at or after a moment. */
  firstFrom(at: number, now: number): number {
    const first = this.first(now);
    return at <= first ? first : first + Math.ceil((at - first) / this.intervalMs) * this.intervalMs;
  }

  private first(now: number): number {
    return Math.max(this.newest + this.intervalMs, now);
  }
}

const MAX_SAMPLES = 31;
