import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Timing } from '../../../contract';
import { describeRun } from './guardian-state';

/** The latest run under a lock's id. */
export interface LatestHolder {
  runId: string;
  running: boolean;
  since: Date;
}

/** A run that waits for a lock. */
interface Place {
  /** When its run began to wait, in ms; decides its place in the line. */
  since: number;
  go: () => void;
  fail: (error: unknown) => void;
  show: (holder: LatestHolder) => void;
}

interface Line {
  places: Place[];
  /**
   * The latest run when a waiter was last told that the lock is free; the waiter takes the lock by this time, or has
   * gone away.
   */
  turn?: { after: string | undefined; until: number };
  /** Ends the pause before the next look. */
  hurry: AbortController;
}

interface Wait {
  since: number;
  /** In ms since 1970: returns then even if the lock is held. */
  until: number;
  signal: AbortSignal;
  show: (holder: LatestHolder) => void;
}

/** Poll intervals that a run has for taking a lock it was told is free. */
const TURN_INTERVALS = 5;

/**
 * The runs that wait for locks, in lines: one look at a lock serves all that wait for it, and when it is free only the
 * one that has waited longest is woken. Three hundred woken at once would start three hundred guardians, of which one
 * would succeed. With several control workers each has its own line, so a few runs try at once; one that loses keeps
 * its place.
 */
export class LockLines {
  private readonly lines = new Map<string, Line>();

  constructor(
    private readonly latest: (guardianId: string) => Promise<LatestHolder | undefined>,
    private readonly timing: Pick<Timing, 'lockPollInterval'>,
  ) {}

  /** Waits until it is this run's turn to take the lock. A turn is no claim: another run may be faster. */
  async wait(guardianId: string, { since, until, signal, show }: Wait): Promise<void> {
    signal.throwIfAborted();
    const line = this.lines.get(guardianId) ?? this.open(guardianId);
    let timer: NodeJS.Timeout | undefined;
    let cancel: (() => void) | undefined;
    let place: Place | undefined;
    try {
      await new Promise<void>((go, fail) => {
        place = { since, go, fail, show };
        const behind = line.places.findIndex((other) => other.since > since);
        line.places.splice(behind === -1 ? line.places.length : behind, 0, place);
        cancel = () => {
          fail(signal.reason);
        };
        signal.addEventListener('abort', cancel, { once: true });
        if (until !== Infinity) timer = setTimeout(go, Math.max(0, until - Date.now()));
      });
    } finally {
      clearTimeout(timer);
      if (cancel) signal.removeEventListener('abort', cancel);
      line.places = line.places.filter((other) => other !== place);
      if (line.places.length === 0) line.hurry.abort();
    }
  }

  /** The lock's holder has just ended: look at once. */
  nudge(guardianId: string): void {
    this.lines.get(guardianId)?.hurry.abort();
  }

  private open(guardianId: string): Line {
    const line: Line = { places: [], hurry: new AbortController() };
    this.lines.set(guardianId, line);
    // After the first place is taken.
    queueMicrotask(() => void this.serve(guardianId, line));
    return line;
  }

  private async serve(guardianId: string, line: Line): Promise<void> {
    while (line.places.length > 0) {
      line.hurry = new AbortController();
      const { signal } = line.hurry;
      try {
        const holder = await this.latest(guardianId);
        if (holder?.running === true) for (const { show } of line.places) show(holder);
        else if (!line.turn || line.turn.after !== holder?.runId || Date.now() > line.turn.until) {
          line.turn = { after: holder?.runId, until: Date.now() + TURN_INTERVALS * this.timing.lockPollInterval };
          line.places.shift()?.go();
        }
      } catch (error) {
        // Temporal does not answer: each attempt fails, and the next one comes back to its place.
        for (const { fail } of line.places.splice(0)) fail(error);
      }
      if (line.places.length > 0)
        await pause(this.timing.lockPollInterval, undefined, { signal }).catch(() => undefined);
    }
    if (this.lines.get(guardianId) === line) this.lines.delete(guardianId);
  }
}

/** Lines for the guardians of a Temporal namespace. */
export function lockLines(client: Client, timing: Timing): LockLines {
  return new LockLines(async (guardianId) => {
    const found = await describeRun({ client }, guardianId);
    return found && { runId: found.runId, running: found.status.name === 'RUNNING', since: found.startTime };
  }, timing);
}
