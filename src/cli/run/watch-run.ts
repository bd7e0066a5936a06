import { setTimeout as pause } from 'node:timers/promises';
import type { KalpaClient, RunHandle } from '../../client';
import type { ResolvedConfig } from '../../config';
import { quoted } from '../core/command-line';
import { CommandError } from '../core/command-error';
import { EXIT } from '../core/exit-codes';
import { HeartbeatFigures } from './heartbeat-figures';
import { openDisplay, type Display } from './progress-display';
import type { Session } from '../core/session';
import { textsInOneLine } from '../core/sanitized-output';

/** Between two queries of a run; a query costs its worker about a millisecond. */
const POLL_INTERVAL_MS = 500;

export interface WatchedRun<Result> {
  run: RunHandle<Result>;
  client: KalpaClient;
  resolved: ResolvedConfig;
}

type Outcome<Result> =
  { state: 'complete'; result: Result } | { state: 'failed'; error: unknown } | { state: 'interrupted' };

/**
 * Shows the progress of a run until it ends, and returns its result. Throws what `result` throws; at Ctrl-C a
 * `CommandError` with exit code 130, while the run continues.
 */
export async function watchRun<Result>(session: Session, watched: WatchedRun<Result>): Promise<Result> {
  const { run } = watched;
  const display = session.json ? undefined : openDisplay(session.io);
  const stop = new AbortController();
  let stopListening: () => void = () => undefined;
  try {
    const interruption = new Promise<Outcome<Result>>((resolve) => {
      stopListening = session.io.onInterrupt(() => {
        resolve({ state: 'interrupted' });
      });
    });
    if (display) void look(session, watched, display, stop.signal);
    const outcome = await Promise.race([ended(run), interruption]);
    if (outcome.state === 'interrupted') throw stillRunning(watched);
    if (display) await showLast(run, display, outcome.state === 'complete');
    if (outcome.state === 'failed') {
      if (isUnreachable(outcome.error))
        session.remark(`No longer watched; ${run.workflowId} continues when Temporal is back.`);
      throw outcome.error;
    }
    return outcome.result;
  } finally {
    stop.abort();
    stopListening();
    display?.close();
  }
}

async function ended<Result>(run: RunHandle<Result>): Promise<Outcome<Result>> {
  try {
    return { state: 'complete', result: await run.result() };
  } catch (error) {
    return { state: 'failed', error };
  }
}

const isUnreachable = (error: unknown): boolean => error instanceof Error && error.name === 'TemporalUnreachable';

async function look(
  session: Session,
  { run, client }: WatchedRun<unknown>,
  display: Display,
  signal: AbortSignal,
): Promise<void> {
  const figures = new HeartbeatFigures(client.temporal, run.workflowId, () => session.io.now().getTime());
  while (!signal.aborted) {
    try {
      const progress = await figures.refine(await run.progress());
      if (!signal.aborted) display.show(progress);
    } catch {
      // No worker is answering, or the run has just ended: `result` tells which.
      if (!signal.aborted)
        display.remark(
          `No control worker answers on ${client.taskQueue}; the run continues when one does (start it: kalpa worker control).`,
        );
    }
    await pause(POLL_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Shows the phases as they were at the end: a run that ended between two queries would otherwise be shown incomplete.
 * Nothing is being copied any more, and a complete run's message is in the result that is printed next.
 */
async function showLast(run: RunHandle<unknown>, display: Display, complete: boolean): Promise<void> {
  const progress = await run.progress().catch(() => undefined);
  if (!progress) return;
  const { etaSeconds: _none, ...ended } = progress;
  const nodes = ended.nodes.map((node) => ({ ...node, bytesPerSecond: 0 }));
  display.show({ ...ended, nodes, message: complete ? '' : ended.message });
}

function stillRunning({ run }: WatchedRun<unknown>): CommandError {
  const { workflowId, link } = textsInOneLine(run.reference());
  return new CommandError(
    'Interrupted',
    `No longer watched; ${workflowId} continues${link ? `: ${link}` : '.'}\n` +
      `Watch it again: kalpa watch ${quoted(workflowId)}\nCancel it:      kalpa cancel ${quoted(workflowId)}`,
    EXIT.interrupted,
    { ...run.reference() },
  );
}
