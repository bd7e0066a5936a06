/**
 * Admits work up to a limit of units, first come, first served: a request for many units is never overtaken by one for
 * few.
 */
export class FifoSemaphore {
  private used = 0;
  private readonly waiting: { units: number; start: () => void }[] = [];

  constructor(private limit: number) {}

  /** Units in use. */
  get held(): number {
    return this.used;
  }

  get free(): number {
    return this.limit - this.used;
  }

  /** Units that are already held stay held, even beyond a lower limit. */
  set(limit: number): void {
    this.limit = limit;
    this.admit();
  }

  /** Waits until enough units are free and no earlier caller is waiting; `units` must not exceed the limit. */
  async acquire(units: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.waiting.length === 0 && this.used + units <= this.limit) {
      this.used += units;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const entry = {
        units,
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        this.admit(); // those behind it may need less
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(entry);
    });
  }

  release(units: number): void {
    this.used -= units;
    this.admit();
  }

  private admit(): void {
    for (let next = this.waiting[0]; next && this.used + next.units <= this.limit; next = this.waiting[0]) {
      this.waiting.shift();
      this.used += next.units;
      next.start();
    }
  }
}
