import type { Draws } from '../support/draws';

/** What befalls an operation at one of its requests. */
export interface Trouble {
  /** Which of its requests, from 1. */
  at: number;
  /**
   * `killed`: the process is gone, the request was not sent; `killedAfter`: it was. `left`: the attempt is taken for
   * dead and continues by itself after a while, beside the next one. `stalled`: nothing happens for a while.
   * `terminated`: as `left`, and its run was ended, too.
   */
  how: 'killed' | 'killedAfter' | 'left' | 'stalled' | 'terminated';
  /** Of `left`, `stalled` and `terminated`. */
  forMs: number;
}

/** One operation of someone: its requests are counted over all of its steps. */
export interface Operation {
  name: string;
  troubles: readonly Trouble[];
  requests: number;
}

/** One attempt of a step: a process at work. */
export interface Attempt {
  operation: Operation;
  step: string;
  number: number;
  workflowId: string;
  firstRunId: string;
  /** How far its own clock is ahead of the store's. */
  skewMs: number;
  /** Nothing of it happens any more. */
  dead: boolean;
  /** It is taken for dead: whoever waited for it waits no more. */
  left: boolean;
  terminated: boolean;
  dieAfterRequest: boolean;
  /** A pause is not long from here on: see `Writer`. */
  mustHurry: boolean;
  leave: () => void;
  /** What ends it, once something of it asks. */
  stop: AbortController | undefined;
}

interface Waiting {
  attempt: Attempt;
  label: string;
  go: () => void;
}

interface Sleeping {
  until: number;
  wake: () => void;
  dead: () => boolean;
}

const never = new Promise<never>(() => undefined);
/** Longer pauses end only when nobody has anything to do. */
const SHORT_MS = 600_000;
const HURRY_MS = 3_600_000;

/**
 * Time and order of everything: each request to the store waits here for its turn, and one at a time is let go, chosen
 * by the seed. Between two turns the code of one attempt alone runs, to its next request.
 */
export class Clockwork {
  /** What each request was, in order; kept only on demand, since it is long. */
  readonly trace: string[] = [];
  /** Whose code runs. */
  current: Attempt | undefined;
  turns = 0;
  private waiting: Waiting[] = [];
  private sleeping: Sleeping[] = [];
  private broken: Error | undefined;

  constructor(
    /** The store's clock, in milliseconds since 1970. */
    public now: number,
    private readonly draws: Draws,
    private readonly tracing: boolean,
  ) {}

  /** Waits for this attempt's turn, or for ever where it is killed. */
  async turn(attempt: Attempt, label: string): Promise<void> {
    if (attempt.dead) return await never;
    if (!attempt.left) {
      const { operation } = attempt;
      operation.requests += 1;
      const trouble = operation.troubles.find(({ at }) => at === operation.requests);
      if (trouble) await this.meet(attempt, trouble, label);
    }
    await new Promise<void>((go) => this.waiting.push({ attempt, label, go }));
  }

  /** A process begins with an attempt: its code runs when it is its turn. */
  async begins(attempt: Attempt): Promise<void> {
    await new Promise<void>((go) => this.waiting.push({ attempt, label: 'begins', go }));
  }

  private async meet(attempt: Attempt, { how, forMs }: Trouble, label: string): Promise<void> {
    this.tell(attempt, `${how} before ${label}`);
    if (how === 'killed') {
      this.kill(attempt);
      return await never;
    }
    if (how === 'killedAfter') {
      attempt.dieAfterRequest = true;
      return;
    }
    if (how !== 'stalled') {
      attempt.left = true;
      attempt.terminated = how === 'terminated';
      attempt.leave();
    }
    await this.sleep(attempt, attempt.mustHurry ? Math.min(forMs, HURRY_MS) : forMs);
  }

  /** The process is gone. */
  kill(attempt: Attempt): void {
    attempt.dead = true;
    attempt.leave();
  }

  async sleep(attempt: Attempt | undefined, ms: number, signal?: AbortSignal): Promise<void> {
    if (attempt?.dead === true) return await never;
    await new Promise<void>((wake, reject) => {
      const stopped = (): void => {
        this.sleeping = this.sleeping.filter((one) => one !== sleeping);
        reject(signal?.reason as Error);
      };
      const sleeping = {
        until: this.now + Math.ceil(ms),
        dead: () => attempt?.dead === true,
        wake: () => {
          signal?.removeEventListener('abort', stopped);
          this.current = attempt;
          wake();
        },
      };
      this.sleeping.push(sleeping);
      signal?.addEventListener('abort', stopped);
    });
  }

  /** An invariant does not hold: the run ends here. */
  fail(error: Error): void {
    this.broken ??= error;
  }

  tell(attempt: Attempt | undefined, what: string): void {
    if (!this.tracing) return;
    const at = new Date(this.now).toISOString();
    const who = attempt
      ? `${attempt.operation.name} ${attempt.step}#${attempt.number}${attempt.left ? ' (left)' : ''}`
      : '';
    this.trace.push(`${at}  ${who}: ${what}`);
  }

  /** Runs until everybody has ended, those that were left too. */
  async drive(everybody: Promise<unknown>): Promise<void> {
    let ended = false;
    everybody.then(
      () => (ended = true),
      (error: unknown) => {
        ended = true;
        this.fail(error as Error);
      },
    );
    for (;;) {
      await quiet();
      if (this.broken) throw this.broken;
      if (this.next()) continue;
      if (ended) return;
      throw new Error(`Nobody has anything to do, and not everybody has ended. ${this.trace.slice(-5).join('\n')}`);
    }
  }

  private next(): boolean {
    const sleeper = this.earliest();
    const soon = sleeper !== undefined && sleeper.until - this.now < SHORT_MS && this.draws.chance(0.15);
    if (this.waiting.length > 0 && !soon) {
      const [chosen] = this.waiting.splice(this.draws.below(this.waiting.length), 1);
      if (chosen === undefined || chosen.attempt.dead) return true;
      this.turns += 1;
      this.now += this.draws.below(400);
      this.current = chosen.attempt;
      this.tell(chosen.attempt, chosen.label);
      chosen.go();
      return true;
    }
    if (sleeper === undefined) return false;
    this.sleeping = this.sleeping.filter((one) => one !== sleeper);
    this.now = Math.max(this.now, sleeper.until);
    sleeper.wake();
    return true;
  }

  private earliest(): Sleeping | undefined {
    this.sleeping = this.sleeping.filter(({ dead }) => !dead());
    let first: Sleeping | undefined;
    for (const one of this.sleeping) if (first === undefined || one.until < first.until) first = one;
    return first;
  }
}

/**
 * Until every promise that can go on has: nothing here waits for anything but its turn. A tick comes after all of them,
 * and costs a fraction of a round of the event loop.
 */
const quiet = (): Promise<void> =>
  new Promise((resolve) => {
    process.nextTick(resolve);
  });
