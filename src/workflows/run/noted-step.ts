import { ActivityFailure, ApplicationFailure, CancellationScope, CancelledFailure, sleep } from '@temporalio/workflow';
import { isFailureType, type Timing } from '../../contract';
import type { Settings, Undo } from '../../contract/internal';
import type { StartedSteps } from './started-steps';
import { reasonOf, rootFailure } from './failure';
import type { GuardianHandle } from '../lock/guardians';
import type { RunProgress } from './progress';

/** A failure that the contract does not name is a bug: not retried for ever. */
const MAX_ATTEMPTS_OF_A_BUG = 5;
/**
 * What the server reports for an activity that was cancelled while it waited for a worker, whether for its first
 * attempt or a later one.
 */
const NOT_STARTED = 'ACTIVITY_ID_NOT_STARTED';

interface NotedRun {
  startedSteps: StartedSteps;
  guardian: Pick<GuardianHandle, 'note' | 'release'>;
  settings: Settings;
  progress: Pick<RunProgress, 'during'>;
}

interface NotedUndo {
  key: string;
  undo: Undo;
  /** What is still to be undone of earlier steps if this step made nothing. */
  otherwise?: Undo;
  /** How long the step is retried while it is refused for now. */
  within?: keyof Timing & ('commandDeadline' | 'phaseDeadline');
}

/**
 * Notes how a step is undone, and runs it. If the step was refused there is nothing to undo: the note is withdrawn at
 * once. A step refused for now is tried again after a pause, during which there is no note either: a cancel has nothing
 * to wait for. The same holds while the step waits for a worker.
 */
export async function notedStep<T>(
  { startedSteps, guardian, settings: { timing }, progress }: NotedRun,
  { key, undo, otherwise, within = 'commandDeadline' }: NotedUndo,
  step: () => Promise<T>,
): Promise<T> {
  const giveUpAt = Date.now() + timing[within];
  let pauseMs = timing.retryPause;
  for (let tried = 1; ; tried += 1) {
    await guardian.note(key, undo);
    try {
      return await step();
    } catch (error) {
      const refused = refusal(error, startedSteps);
      if (!refused) throw error;
      await CancellationScope.nonCancellable(async () => {
        if (otherwise) await guardian.note(key, otherwise);
        else await guardian.release(key);
      });
      const over = Date.now() + pauseMs > giveUpAt || (refused.bug && tried >= MAX_ATTEMPTS_OF_A_BUG);
      if (!refused.again || over) throw error;
      const seconds = Math.round((giveUpAt - Date.now()) / 1000);
      const between = pauseMs;
      await progress.during(`${reasonOf(error)} Retrying for up to ${seconds} s.`, () => sleep(between));
      pauseMs = Math.min(pauseMs * 2, timing.retryPauseMax);
    }
  }
}

/** Undefined: something may have been made. */
function refusal(error: unknown, startedSteps: StartedSteps): { again: boolean; bug: boolean } | undefined {
  const root = rootFailure(error);
  if (neverStarted(error, root, startedSteps)) return { again: false, bug: false };
  if (!(root instanceof ApplicationFailure || root instanceof CancelledFailure)) return undefined;
  const detail = root.details?.find((one) => (one as { madeNothing?: boolean } | null)?.madeNothing === true);
  if (detail === undefined) return undefined;
  const type = root instanceof ApplicationFailure ? root.type : undefined;
  return { again: (detail as { again?: boolean }).again === true, bug: !isFailureType(type) };
}

function neverStarted(error: unknown, root: unknown, startedSteps: StartedSteps): boolean {
  return (
    error instanceof ActivityFailure &&
    root instanceof CancelledFailure &&
    root.details?.includes(NOT_STARTED) === true &&
    error.activityId !== undefined &&
    !startedSteps.has(error.activityId)
  );
}
