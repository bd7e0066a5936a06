import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { RetryPolicy } from '@temporalio/common';
import type { ControlActivities } from '../../activities/control';
import type { JanitorActivities } from '../../activities/janitor';
import type { NodeActivities } from '../../activities/node';
import type { NodeRef } from '../../activities/internal-types';
import {
  finalFailureTypes,
  janitorQueue,
  nodeControlQueue,
  nodeQueue,
  stepsQueue,
  streamsQueue,
  waitsQueue,
  type Timing,
} from '../../contract';
import { describeUndo, undoTimeoutMs, type Settings, type Undo } from '../../contract/internal';
import { given } from '../../objects/given';
import { movingTimeout, type Moved } from './moving-time';

/** Takes milliseconds, without a task queue; read before the timings are known, so with fixed ones. */
export const settingsActivities = proxyLocalActivities<Pick<ControlActivities, 'readSettings'>>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/** A stream that broke this often will break again. */
const STREAM_ATTEMPTS = 10;

function retries(settings: Settings): RetryPolicy {
  return {
    initialInterval: settings.timing.retryPause,
    maximumInterval: settings.timing.retryPauseMax,
    nonRetryableErrorTypes: finalFailureTypes,
  };
}

/** The number of immediately failing attempts after which the pauses between them add up to this many milliseconds. */
function attemptsWithin(ms: number, { timing: { retryPause, retryPauseMax } }: Settings): number {
  let attempts = 1;
  for (let waited = 0, pause = retryPause; waited < ms; pause = Math.min(2 * pause, retryPauseMax)) {
    waited += pause;
    attempts += 1;
  }
  return attempts;
}

/**
 * An attempt outlives its command, whose own time-out says more; before the command, a lost reply may have been waited
 * for.
 */
function attempt({ timing }: Settings): number {
  return timing.commandTimeout + timing.rpcTimeout + timing.heartbeatTimeout;
}

/** Short commands. Each attempt looks before it acts, so retrying is safe. */
export function shortStep(settings: Settings, summary?: string) {
  return proxyActivities<ControlActivities>({
    startToCloseTimeout: attempt(settings),
    scheduleToCloseTimeout: settings.timing.commandDeadline,
    heartbeatTimeout: settings.timing.heartbeatTimeout,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: retries(settings),
    ...given({ summary }),
  });
}

/**
 * Counting of rows, which knows its own deadline: what still has to end after it (a statement being stopped, the list
 * being written) has the time of a short command.
 */
export function counting(settings: Settings, summary: string) {
  const { fingerprintDeadline, commandTimeout, commandDeadline } = settings.timing;
  return proxyActivities<ControlActivities>({
    taskQueue: stepsQueue(settings.cluster),
    startToCloseTimeout: fingerprintDeadline + commandTimeout,
    scheduleToCloseTimeout: fingerprintDeadline + commandDeadline,
    heartbeatTimeout: settings.timing.heartbeatTimeout,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: retries(settings),
    summary,
  });
}

/** Side questions that are worth no longer a wait than preflight's. */
export function sideQuestion(settings: Settings, summary?: string) {
  return proxyActivities<ControlActivities>({
    scheduleToCloseTimeout: settings.timing.preflightDeadline,
    heartbeatTimeout: settings.timing.heartbeatTimeout,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { ...retries(settings), maximumAttempts: 3 },
    ...given({ summary }),
  });
}

/**
 * Steps whose length grows with the database (a schema of thousands of tables, an import, the manifest), so that there
 * is no deadline over all attempts: a component that is unavailable is asked again until the pauses alone add up to
 * `phaseDeadline`.
 */
export function longStep(settings: Settings, summary?: string) {
  return proxyActivities<ControlActivities>({
    taskQueue: stepsQueue(settings.cluster),
    // a tool or script has copyTimeout, and says why it was ended
    startToCloseTimeout: settings.timing.copyTimeout + settings.timing.commandTimeout,
    heartbeatTimeout: settings.timing.heartbeatTimeout,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { ...retries(settings), maximumAttempts: attemptsWithin(settings.timing.phaseDeadline, settings) },
    ...given({ summary }),
  });
}

/**
 * Streams of any length, begun afresh by each attempt: a tool or store that is unavailable is waited for inside, then
 * tried again. `moved`: what is read, where that is known before.
 */
export function streaming(settings: Settings, summary: string, moved: Moved = { bytes: 0 }) {
  return proxyActivities<ControlActivities>({
    taskQueue: streamsQueue(settings.cluster),
    // the tool has copyTimeout, and says why it was ended
    startToCloseTimeout: movingTimeout(settings.timing, moved) + settings.timing.commandTimeout,
    heartbeatTimeout: settings.timing.heartbeatTimeout,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { ...retries(settings), maximumAttempts: STREAM_ATTEMPTS },
    summary,
  });
}

/**
 * Waits inside one heartbeating activity. With `atMost` the activity gives up after that time, counted from its first
 * attempt, and says what it has waited for; a component that is unavailable beyond it ends the wait too. Without, it
 * lasts as long as what it waits for.
 */
export function wait(settings: Settings, summary?: string, atMost?: WaitDeadline) {
  return proxyActivities<ControlActivities>({
    taskQueue: waitsQueue(settings.cluster),
    startToCloseTimeout: atMost === undefined ? '30 days' : settings.timing[atMost] + attempt(settings),
    ...(atMost === undefined
      ? {}
      : { scheduleToCloseTimeout: settings.timing[atMost] + settings.timing.commandDeadline }),
    heartbeatTimeout: settings.timing.heartbeatTimeout,
    retry: retries(settings),
    ...given({ summary }),
  });
}

/** Looks and messages that a run can do without: a short time-out, hardly retried. */
export function bestEffort(settings: Settings, summary: string) {
  return proxyActivities<ControlActivities>({
    scheduleToCloseTimeout: settings.timing.nodeAnswerTimeout,
    heartbeatTimeout: settings.timing.heartbeatTimeout,
    retry: { initialInterval: settings.timing.retryPause, maximumAttempts: 2 },
    summary,
  });
}

type WaitDeadline = keyof Timing & ('snapshotDeadline' | 'restoreDeadline');

/**
 * One undo of a guardian, ahead of other work. One that has to wait for something first counts as a wait, for as long
 * as it may take.
 */
export function undoing(settings: Settings, undo: Undo) {
  const { timing } = settings;
  const waitsMs = undoTimeoutMs(undo, timing);
  return proxyActivities<Pick<ControlActivities, 'undo'>>({
    ...(waitsMs > 0 ? { taskQueue: waitsQueue(settings.cluster) } : {}),
    startToCloseTimeout: waitsMs + attempt(settings),
    scheduleToCloseTimeout: waitsMs + timing.commandDeadline,
    heartbeatTimeout: timing.heartbeatTimeout,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    priority: { priorityKey: 1 },
    retry: retries(settings),
    summary: `undo ${describeUndo(undo)}`,
  });
}

/** Quick questions to a node's worker. If nobody takes one, the worker is down, and the time-out says so. */
export function shortStepOnNode(settings: Settings, node: NodeRef, summary?: string, takenWithinMs?: number) {
  return proxyActivities<NodeActivities>({
    taskQueue: nodeControlQueue(settings.cluster, node.address),
    scheduleToStartTimeout: takenWithinMs ?? settings.timing.nodeAnswerTimeout,
    startToCloseTimeout: settings.timing.commandTimeout,
    heartbeatTimeout: settings.timing.heartbeatTimeout,
    retry: { ...retries(settings), maximumAttempts: 5 },
    ...given({ summary }),
  });
}

/**
 * Copies files on one node. A cancelled copy has really stopped before the workflow continues. An attempt waits for the
 * store for `phaseDeadline`, so it is not retried when the store was unavailable for longer.
 */
export function onNode(settings: Settings, node: NodeRef, summary: string, work: Moved & { priorityKey: number }) {
  return proxyActivities<NodeActivities>({
    taskQueue: nodeQueue(settings.cluster, node.address),
    scheduleToStartTimeout: settings.timing.copyQueueTimeout,
    startToCloseTimeout: movingTimeout(settings.timing, work),
    heartbeatTimeout: settings.timing.heartbeatTimeout,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED', // the SDK's default is TRY_CANCEL
    summary,
    priority: { priorityKey: work.priorityKey },
    retry: { ...retries(settings), nonRetryableErrorTypes: [...finalFailureTypes, 'StoreUnavailable'] },
  });
}

/**
 * Work that writes tombstones and deletes: on the janitor's own queue. A sweep has as long as a transfer; another
 * janitor continues after one has died.
 */
export function onJanitor(settings: Settings, summary: string) {
  const { timing, cluster } = settings;
  return proxyActivities<JanitorActivities>({
    taskQueue: janitorQueue(cluster),
    scheduleToStartTimeout: timing.nodeAnswerTimeout,
    startToCloseTimeout: timing.copyTimeout,
    heartbeatTimeout: timing.heartbeatTimeout,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { ...retries(settings), maximumAttempts: 5 },
    summary,
  });
}
