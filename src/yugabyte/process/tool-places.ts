import { availableParallelism } from 'node:os';

/** A tool waits for the cluster as much as it computes, so there may be somewhat more than cores. */
const AT_ONCE = Math.max(4, 2 * availableParallelism());

/** Places for a number of processes at once; who comes first is served first. */
export class ToolPlaces {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.free = atOnce;
  }

  /**
   * Waits for a place as long as it takes; the time-out of the tool has not begun. Returns what gives the place back,
   * once.
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
 * The tools of this process. A hundred backups that begin at the same minute would start hundreds of processes, and a
 * worker on busy cores can't even send its signs of life. Streams take no place: they last for hours, and the queue
 * that serves them has few slots.
 */
export const toolPlaces = new ToolPlaces(AT_ONCE);
