import { setTimeout as sleep } from 'node:timers/promises';
import type { Draws } from '../support/draws';
import { micros } from '../support/ledger';
import { until } from '../support/stack';

/** A database or keyspace that a story changes. */
export interface StoryDatabase {
  /** `ysql.<name>` or `ycql.<name>` */
  readonly database: string;
  /** Everything that it, or a copy of it under this name, holds, rows and schema, as one hash. */
  digest(name?: string): Promise<string>;
  /** What the nth step changes. */
  change(n: number): readonly string[];
  /** Has the nth step happen, all of it at once, unless it has. */
  commit(n: number, previous: number, change: readonly string[]): Promise<void>;
  /** Looks which tables there are: another moment has come back. */
  reread(): Promise<void>;
  drop(copy: string): Promise<void>;
}

interface Step {
  n: number;
  /** Microseconds since the epoch, before and after its commit. */
  before: bigint;
  after: bigint;
  digest: string;
}

export interface Window {
  from: number;
}

/**
 * A database that changes by numbered steps, DDL and DML, each one atomic, and whose content after each is known:
 * whatever a backup, a dump or a recovery holds must be the content after one of them.
 */
export class Story {
  /** Every step that counts: those that a rewind took back do not. */
  private steps: Step[] = [];
  /** What a backup from before a rewind holds is known still. */
  private readonly everBefore: Step[] = [];
  private nextStep = 1;
  /** Of runs that are under way: the first step whose content they may find. */
  private readonly windows = new Set<Window>();
  private writing: { ended: Promise<void>; stop: () => void } | undefined;
  /** Who wants nobody to write. */
  private held = 0;
  private going = false;

  private constructor(
    readonly subject: StoryDatabase,
    private readonly draws: Draws,
    private readonly maxPauseMs: number,
  ) {}

  static async begin(subject: StoryDatabase, draws: Draws, maxPauseMs: number): Promise<Story> {
    const story = new Story(subject, draws, maxPauseMs);
    await story.step();
    return story;
  }

  get database(): string {
    return this.subject.database;
  }

  get name(): string {
    return this.database.slice('ysql.'.length);
  }

  /** The number of the last step that counts. */
  get last(): number {
    return this.steps.at(-1)?.n ?? 0;
  }

  /** What a run that ends now can have found at most. */
  get next(): number {
    return this.nextStep;
  }

  /** What a step left, and which moments are surely after it and before the next. */
  get moments(): { digest: string; n: number; micros: bigint }[] {
    return this.steps
      .slice(0, -1)
      .map(({ n, after, digest }, i) => ({ n, digest, micros: (after + (this.steps[i + 1]?.before ?? after)) / 2n }));
  }

  /** A run begins to read the database; what it finds stood after a step from `from` on, wherever a rewind leads. */
  open(): Window {
    const window = { from: this.last };
    this.windows.add(window);
    return window;
  }

  close(window: Window): void {
    this.windows.delete(window);
  }

  /** The content is that of a step between these, both included. */
  holds(digest: string, from: number, to: number): boolean {
    return [...this.everBefore, ...this.steps].some((step) => step.digest === digest && step.n >= from && step.n <= to);
  }

  /** Changes go on, at a random pace, until `pause`. */
  write(): void {
    this.going = true;
    this.resume();
  }

  async pause(): Promise<void> {
    this.going = false;
    await this.halt();
  }

  /** Nobody writes while this work is done. */
  async still<T>(work: () => Promise<T>): Promise<T> {
    this.held += 1;
    try {
      await this.halt();
      return await work();
    } finally {
      this.held -= 1;
      this.resume();
    }
  }

  /** The database has been put back to what it held after a step; what came later is no part of the story any more. */
  async rewound(to: number): Promise<void> {
    const undone = this.steps.filter(({ n }) => n > to);
    this.steps = this.steps.filter(({ n }) => n <= to);
    this.everBefore.push(...undone);
    for (const window of this.windows) window.from = Math.min(window.from, to);
    await this.subject.reread();
  }

  private resume(): void {
    if (!this.going || this.held > 0 || this.writing) return;
    let stopped = false;
    const ended = (async (): Promise<void> => {
      while (!stopped) {
        await this.step();
        await sleep(this.draws.below(this.maxPauseMs));
      }
    })();
    this.writing = { ended, stop: () => (stopped = true) };
    ended.catch(() => undefined); // `halt` tells it
  }

  private async halt(): Promise<void> {
    const { writing } = this;
    writing?.stop();
    await writing?.ended;
    if (this.writing === writing) this.writing = undefined;
  }

  private async step(): Promise<void> {
    const n = this.nextStep;
    const change = this.subject.change(n);
    const before = micros();
    // The cluster may be unavailable, and a reply may be lost: then the step has happened or has not.
    let why: unknown;
    await until(`step ${n} of ${this.database}`, async () => {
      try {
        await this.subject.commit(n, this.last, change);
        return true;
      } catch (error) {
        why = error;
        return false;
      }
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${String(why)}`, { cause: why });
    });
    const after = micros();
    this.nextStep += 1;
    this.steps.push({ n, before, after, digest: await this.subject.digest() });
  }
}
