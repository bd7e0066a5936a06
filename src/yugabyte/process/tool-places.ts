import { availableParallelism } from 'node:os';

/** Tools wait for the cluster as much as they compute, so there may be somewhat more of them than cores. */
const MAX_CONCURRENT_TOOLS = Math.max(4, 2 * availableParallelism());

/** Limits the number of concurrent processes; first come, first served. */
export class ToolPlaces {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.free = atOnce;
  }

  /**
   * Waits for a place as long as necessary; the tool's time-out starts only afterwards. Returns the function that
   * releases the place; it works once.
   */
  async take(signal?: AbortSignal): Promise<() => void> {
    if (this.free > 0) this.free -= 1;
    else if (!(await this.queue(signal))) return () => undefined;
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    };
  }

  /** False: the signal came before a place was free. */
  private async queue(signal: AbortSignal | undefined): Promise<boolean> {
    return await new Promise<boolean>((resolve) => {
      const go = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(go), 1);
        resolve(false);
      };
      this.waiting.push(go);
      signal?.addEventListener('abort', leave, { once: true });
      if (signal?.aborted === true) leave();
    });
  }
}

/**
 * The tools of this process. A hundred backups that start in the same minute would start hundreds of processes, and a
 * worker on busy cores can't even send its heartbeats. Streams take no place: they last for hours, and their task queue
 * has few slots.
 */
export const toolPlaces = new ToolPlaces(MAX_CONCURRENT_TOOLS);
