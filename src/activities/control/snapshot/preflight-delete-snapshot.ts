import { failWith } from '../../application-failure';
import type { FoundSnapshot } from '../lookup/find-snapshot';

/** Deletes only what `createSnapshot` made. */
export function preflightDeleteSnapshot({
  snapshotId,
  found,
}: {
  snapshotId: string;
  found: FoundSnapshot;
}): Promise<void> {
  if (found.scheduleId !== undefined) {
    throw failWith(
      'PreflightFailed',
      `Snapshot ${snapshotId} of ${found.database} belongs to the snapshot schedule ${found.scheduleId} and is deleted with it. Disable point-in-time recovery to delete it: kalpa pitr disable ${found.database}.`,
      [{ snapshotId, scheduleId: found.scheduleId }],
    );
  }
  if (!found.ours) {
    throw failWith(
      'PreflightFailed',
      `Snapshot ${snapshotId} of ${found.database} was not made by createSnapshot: it may belong to a running backup or to someone else, and Kalpa never deletes those.${found.notBelieved === undefined ? '' : ` ${found.notBelieved}`} If nobody needs it: yb-admin delete_snapshot.`,
      [{ snapshotId }],
    );
  }
  return Promise.resolve();
}
