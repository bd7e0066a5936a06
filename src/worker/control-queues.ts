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
const MAX_CONCURRENT_COMMANDS = Math.max(8, 2 * availableParallelism());
/** Each may wait for the store for an hour, and does little meanwhile. */
const MAX_CONCURRENT_STEPS = 64;
const MAX_CONCURRENT_STREAMS = Math.max(4, availableParallelism());
/** Guardians and queued runs: a timer and a few KB each. */
const MAX_CONCURRENT_WAITS = 10_000;
/** A run in the cache takes a few MB; one that is not is rebuilt from its history when something happens to it. */
export const CACHED_WORKFLOWS = 150;

/** The activities' counters are live in the UI. */
const HEARTBEAT_THROTTLE = '3s';
/**
 * A wait has nothing new to tell: a sign of life for each time-out is enough, or 500 waits cost 100 requests a second.
 */
const WAIT_HEARTBEAT_THROTTLE = '60s';

/**
 * The queues of one control worker, each with slots of its own: what waits, or streams for hours, takes none that a
 * short command needs. The first one serves the workflows too.
 */
export function controlQueues(cluster: string): [QueueOptions, ...QueueOptions[]] {
  return [
    {
      taskQueue: clusterQueue(cluster),
      maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_COMMANDS,
      maxCachedWorkflows: CACHED_WORKFLOWS,
      workflowFailureErrorTypes: { '*': [...ERRORS_OF_CODE] },
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    },
    {
      taskQueue: stepsQueue(cluster),
      maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_STEPS,
      maxConcurrentActivityTaskPolls: 4,
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    },
    {
      taskQueue: streamsQueue(cluster),
      maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_STREAMS,
      maxConcurrentActivityTaskPolls: 2,
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    },
    {
      taskQueue: waitsQueue(cluster),
      maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_WAITS,
      maxConcurrentActivityTaskPolls: 4,
      maxHeartbeatThrottleInterval: WAIT_HEARTBEAT_THROTTLE,
    },
  ];
}
