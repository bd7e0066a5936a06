import { isCancellation } from '@temporalio/workflow';
import type { Settings } from '../contract';
import { reasonOf } from './failure';
import { inPassing } from './policies';

/** Of the record of a snapshot schedule. */
export const NOT_RECORDED =
  'What was asked could not be recorded in the bucket, so "kalpa inspect" does not compare the schedule with it until it is asked for once more';

/**
 * Writes a record of what the cluster has done by itself already. An operation that needs no bucket is not stopped by a store that is away, nor are those
 * that wait for its locks: after preflight's time the record is given up, with a warning in the result.
 */
export async function unlessAway(
  run: { settings: Settings; warn: (text: string) => void; storeIsAway?: boolean },
  without: string,
  write: (activities: ReturnType<typeof inPassing>) => Promise<void>,
): Promise<void> {
  try {
    await write(inPassing(run.settings, 'record in the bucket'));
  } catch (error) {
    if (isCancellation(error)) throw error;
    run.storeIsAway = true;
    run.warn(`${without}: ${reasonOf(error)}`);
  }
}
