import { setTimeout as pause } from 'node:timers/promises';
import type { KalpaConfig } from '../../../config';
import type { FailureType } from '../../../contract';
import { retryingStore, type StoreError } from '../../../transfer';
import { isTransient, NoAnswer } from '../../is-transient';
import type { ControlDependencies } from '../dependencies';
import { Findings } from './findings';

/** Fraction of preflight's time that one question waits for its answer before it is asked once more. */
const QUESTION_FRACTION = 2 / 3;
/** Time given to questions asked after preflight's time is used up: a large cluster needs seconds for each answer. */
const LAST_QUESTION_FRACTION = 1 / 2;
/** Time for a question whose answer is optional. */
const OPTIONAL_QUESTION_FRACTION = 1 / 6;
/** Pauses between two looks at a component that is unavailable. */
const PAUSES = 20;

/** How a question is being asked. */
export interface Question {
  /** Fires when the answer is no longer waited for. */
  signal: AbortSignal;
  /** A long answer is arriving (a listing of a large backup): that is work, not waiting. */
  arriving: () => void;
}

/** For how many milliseconds a failed request of a question is repeated; 0: its failure is the question's. */
type Repeats = (failure: StoreError) => number;

const NEVER: Repeats = () => 0;

/** How long a component that is unavailable is waited for. */
export interface Waiting {
  /** For all parts together. */
  patienceMs: number;
  /** What is left of preflight's time for one question that may be slow and still well; default: its patience. */
  leftMs?: number | undefined;
  /** What the whole of preflight has. */
  deadlineMs: number;
  signal: AbortSignal;
  /** Called with what is waited for, each time a question is asked again. */
  onWait?: ((away: string[]) => void) | undefined;
}

/**
 * What a check can do: look at a part, and report a finding. The cluster and the store are reached only inside `look`,
 * so that a failed question does not hide what others found: it is a finding itself, after it was repeated for as long
 * as it looks transient.
 */
export class Checks {
  readonly config: KalpaConfig;
  /** Where backups are, for messages. */
  readonly storeLocation: string;
  readonly #findings = new Findings();
  readonly #clients: ControlDependencies;
  readonly #waiting: Waiting;
  readonly #until: number;
  readonly #answerUntil: number;
  readonly #away = new Map<string, string>();

  constructor(clients: ControlDependencies, waiting: Waiting) {
    this.config = clients.config;
    this.storeLocation = clients.store.location;
    this.#clients = clients;
    this.#waiting = waiting;
    this.#until = Date.now() + waiting.patienceMs;
    this.#answerUntil = Date.now() + (waiting.leftMs ?? waiting.patienceMs);
  }

  get findings(): Findings {
    return this.#findings;
  }

  add(type: FailureType, message: string, details: Record<string, unknown> = {}): void {
    this.#findings.add(type, message, details);
  }

  warn(message: string): void {
    this.#findings.warnings.push(message);
  }

  /** There are findings: what builds on the answers need not be asked. */
  get stopped(): boolean {
    return this.#findings.list.length > 0;
  }

  /**
   * The answer, or undefined with a finding that says why there is none; without `subject`, in the words of the error.
   */
  async look<T>(
    subject: string | undefined,
    ask: (clients: ControlDependencies, look: Question) => Promise<T>,
  ): Promise<T | undefined> {
    const outcome = await this.#askAgain(subject, ask);
    if ('answer' in outcome) return outcome.answer;
    this.#findings.addError(subject, outcome.error);
    return undefined;
  }

  /** The same for an optional answer, asked once: its absence is a warning, or, without `subject`, not reported. */
  async lookIfThere<T>(
    subject: string | undefined,
    ask: (clients: ControlDependencies, look: Question) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await this.#once(ask, () => this.#waiting.deadlineMs * OPTIONAL_QUESTION_FRACTION, NEVER);
    } catch (error) {
      this.#waiting.signal.throwIfAborted();
      if (subject !== undefined) this.warn(`${subject}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  async #askAgain<T>(
    subject: string | undefined,
    ask: (clients: ControlDependencies, look: Question) => Promise<T>,
  ): Promise<{ answer: T } | { error: unknown }> {
    const { deadlineMs, signal } = this.#waiting;
    const key = subject ?? '';
    // What is left limits a repeated question; the first one always gets some time.
    const atMostMs = (): number =>
      Math.min(
        Math.max(this.#answerUntil - Date.now(), deadlineMs * LAST_QUESTION_FRACTION),
        deadlineMs * QUESTION_FRACTION,
      );
    const repeats = (error: unknown): number => {
      const left = this.#until - Date.now();
      if (!isTransient(error) || left <= 0 || this.#findings.refused) return 0;
      this.#away.set(key, `${key === '' ? '' : `${key}: `}${(error as Error).message}`);
      this.#waiting.onWait?.([...this.#away.values()]);
      return left;
    };
    try {
      for (;;)
        try {
          return { answer: await this.#once(ask, atMostMs, repeats) };
        } catch (error) {
          signal.throwIfAborted();
          const left = repeats(error);
          if (left === 0) return { error };
          await pause(Math.min(deadlineMs / PAUSES, left), undefined, { signal });
        }
    } finally {
      if (this.#away.delete(key)) this.#waiting.onWait?.([...this.#away.values()]);
    }
  }

  async #once<T>(
    ask: (clients: ControlDependencies, look: Question) => Promise<T>,
    atMostMs: () => number,
    repeats: Repeats,
  ): Promise<T> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#waiting.signal, over.signal]);
    let timer: NodeJS.Timeout | undefined;
    let arriving = (): void => undefined;
    const ended = new Promise<never>((_, reject) => {
      arriving = () => {
        clearTimeout(timer);
        const ms = atMostMs();
        timer = setTimeout(() => {
          over.abort(new NoAnswer(ms));
        }, ms);
      };
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
    ended.catch(() => undefined); // the answer may come at the same moment
    arriving();
    const answered: Repeats = (failure) => {
      const left = repeats(failure);
      if (left > 0) arriving(); // a store that refuses a request does not hang
      return left;
    };
    try {
      this.#waiting.signal.throwIfAborted();
      return await Promise.race([ask(this.#clientsFor(signal, answered), { signal, arriving }), ended]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * A request to the store that fails is repeated by itself: an overloaded store refuses some of many, and a question
   * that began anew with each of them would hardly ever come to its end. How long is decided here and not by the layer
   * below, so that there is one deadline for everything, and the page says what is waited for.
   */
  #clientsFor(signal: AbortSignal, leftMs: Repeats): ControlDependencies {
    const { store, repository } = this.#clients;
    const pauseMs = this.#waiting.deadlineMs / PAUSES;
    const repeating = retryingStore(store, {
      policy: { maxPauseMs: pauseMs, maxThrottledPauseMs: pauseMs },
      signal,
      leftMs,
    });
    return { ...this.#clients, store: repeating, repository: { ...repository, store: repeating } };
  }
}
