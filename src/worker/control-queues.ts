import { availableParallelism } from 'node:os';
import type { WorkerOptions } from '@temporalio/worker';
import { clusterQueue, stepsQueue, streamsQueue, waitsQueue } from '../contract';
import { ERRORS_OF_CODE } from '../contract/internal';

type QueueOptions = Pick<
  WorkerOptions,
  | 'taskQueue'
  | 'maxConcurrentActivityTaskExecutions'
  | 'maxConcurrentActivityTaskPolls'
  | 'maxCachedWorkflows'
  | 'maxHeartbeatThrottleInterval'
  | 'workflowFailureErrorTypes'
>;

/** Short commands start processes, so there are about as many as cores; what waits for its turn waits in Temporal. */
const COMMANDS_AT_ONCE = Math.max(8, 2 * availableParallelism());
/** Each may wait for the store for an hour, and does little meanwhile. */
const STEPS_AT_ONCE = 64;
const STREAMS_AT_ONCE = Math.max(4, availableParallelism());
/** Guardians and queued runs: a timer and a few KB each. */
const WAITS_AT_ONCE = 10_000;
/** A run in the cache takes a few MB; one that is not is rebuilt from its history when something happens to it. */
export const CACHED_WORKFLOWS = 150;

/** The activities' counters are live in the UI. */
const OFTEN = '3s';
/**
 * A wait has nothing new to tell: a sign of life for each time-out is enough, or 500 waits cost 100 requests a second.
 */
const SELDOM = '60s';

/**
 * The queues of one control worker, each with slots of its own: what waits, or streams for hours, takes none that a
 * short command needs. The first one serves the workflows too.
 */
export function controlQueues(cluster: string): [QueueOptions, ...QueueOptions[]] {
  return [
    {
      taskQueue: clusterQueue(cluster),
      maxConcurrentActivityTaskExecutions: COMMANDS_AT_ONCE,
      maxCachedWorkflows: CACHED_WORKFLOWS,
      workflowFailureErrorTypes: { '*': [...ERRORS_OF_CODE] },
      maxHeartbeatThrottleInterval: OFTEN,
    },
    {
      taskQueue: stepsQueue(cluster),
      maxConcurrentActivityTaskExecutions: STEPS_AT_ONCE,
      maxConcurrentActivityTaskPolls: 4,
      maxHeartbeatThrottleInterval: OFTEN,
    },
    {
      taskQueue: streamsQueue(cluster),
      maxConcurrentActivityTaskExecutions: STREAMS_AT_ONCE,
      maxConcurrentActivityTaskPolls: 2,
      maxHeartbeatThrottleInterval: OFTEN,
    },
    {
      taskQueue: waitsQueue(cluster),
      maxConcurrentActivityTaskExecutions: WAITS_AT_ONCE,
      maxConcurrentActivityTaskPolls: 4,
      maxHeartbeatThrottleInterval: SELDOM,
    },
  ];
}
