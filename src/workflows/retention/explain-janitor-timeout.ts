import { isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { janitorQueue } from '../../contract';
import type { Settings } from '../../contract/internal';
import { failure, rootFailure } from '../run/failure';

/**
 * Says what to do when no janitor takes the work, or none finishes it: what was done until then is unknown, and stays
 * done.
 */
export async function explainJanitorTimeout<T>(settings: Settings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const root = rootFailure(error);
    if (isCancellation(error) || !(root instanceof TimeoutFailure)) throw error;
    const queue = janitorQueue(settings.cluster);
    const again = 'Then start the operation again: it continues where it stopped.';
    if (root.timeoutType === 'SCHEDULE_TO_START')
      throw failure(
        'NodeUnavailable',
        `No janitor took the work on ${queue} within ${settings.timing.nodeAnswerTimeout / 1000} s; only a janitor may delete. Start one: kalpa worker janitor. ${again}`,
      );
    throw failure(
      'NodeUnavailable',
      `The janitor on ${queue} began, and did not report how it ended (${root.message}). What it has done stays done: kalpa backups shows it. Read its log. ${again}`,
    );
  }
}
