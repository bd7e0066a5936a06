import { proxyActivities } from '@temporalio/workflow';
import type { JanitorActivities } from '../../activities/janitor';
import { finalFailureTypes, janitorQueue, type Settings } from '../../contract';
import { failure, failureType, isTimeout } from '../run/failure';
import { isCancellation } from '@temporalio/workflow';

/** What writes tombstones and deletes: on the janitor's own queue. A sweep has as long as a copy; another janitor goes on where one has died. */
export function janitor(settings: Settings, summary: string) {
  const { timing, cluster } = settings;
  return proxyActivities<JanitorActivities>({
    taskQueue: janitorQueue(cluster),
    scheduleToStartTimeout: timing.nodeAnswerTimeout,
    startToCloseTimeout: timing.copyTimeout,
    heartbeatTimeout: timing.heartbeatTimeout,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: {
      initialInterval: timing.retryPause,
      maximumInterval: timing.retryPauseMax,
      maximumAttempts: 5,
      nonRetryableErrorTypes: finalFailureTypes,
    },
    summary,
  });
}

/** Says what to do where no janitor takes the work. */
export async function byJanitor<T>(settings: Settings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isCancellation(error) || failureType(error) !== undefined || !isTimeout(error)) throw error;
    throw failure(
      'NodeUnavailable',
      `No janitor took the work on ${janitorQueue(settings.cluster)} within ${settings.timing.nodeAnswerTimeout / 1000} s; it alone may delete. Start one: kalpa worker janitor. Then start the operation again.`,
    );
  }
}
