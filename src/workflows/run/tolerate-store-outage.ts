import { isCancellation } from '@temporalio/workflow';
import { reasonOf } from './failure';

/** About the record of a snapshot schedule. */
export const NOT_RECORDED =
  'The request was not recorded in the bucket: "kalpa inspect" does not compare the schedule with it until you repeat it';

/**
 * Writes a record of what the cluster has already done. An operation that needs no bucket is not stopped by a store
 * that is unavailable, nor are those that wait for its locks: the record is written `inPassing`, and given up after
 * preflight's time with a warning in the result.
 */
export async function tolerateStoreOutage(
  run: { warn: (text: string) => void; storeIsAway?: boolean },
  without: string,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isCancellation(error)) throw error;
    run.storeIsAway = true;
    run.warn(`${without}: ${reasonOf(error)}`);
  }
}
