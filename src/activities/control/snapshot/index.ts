import type { ControlDependencies } from '../dependencies';
import { makeCreateSnapshot } from './create-snapshot';
import { makeDeleteSnapshot } from './delete-snapshot';
import { makeDescribeSnapshot } from './describe-snapshot';
import { makeListSnapshotIds, makeLookBeforeSnapshot } from './look-before-snapshot';
import { makeLookBeforeRestore } from './look-before-restore';
import { preflightDeleteSnapshot } from './preflight-delete-snapshot';
import { makePreflightRestoreSnapshot } from './preflight-restore-snapshot';
import { makePreflightSnapshot } from './preflight-snapshot';
import { makeRecordSnapshot } from './record-snapshot';
import { makeRestoreSnapshot } from './restore-snapshot';
import { makeWaitForRestoration } from './wait-for-restoration';
import { makeWaitForSnapshot } from './wait-for-snapshot';
import { makeWaitUntilDeleted } from './wait-until-deleted';

/** Activities of snapshots inside the cluster. */
export function createSnapshotActivities(dependencies: ControlDependencies) {
  return {
    createSnapshot: makeCreateSnapshot(dependencies),
    deleteSnapshot: makeDeleteSnapshot(dependencies),
    describeSnapshot: makeDescribeSnapshot(dependencies),
    listSnapshotIds: makeListSnapshotIds(dependencies),
    lookBeforeRestore: makeLookBeforeRestore(dependencies),
    lookBeforeSnapshot: makeLookBeforeSnapshot(dependencies),
    preflightDeleteSnapshot,
    preflightRestoreSnapshot: makePreflightRestoreSnapshot(dependencies),
    preflightSnapshot: makePreflightSnapshot(dependencies),
    recordSnapshot: makeRecordSnapshot(dependencies),
    restoreSnapshot: makeRestoreSnapshot(dependencies),
    waitForRestoration: makeWaitForRestoration(dependencies),
    waitForSnapshot: makeWaitForSnapshot(dependencies),
    waitUntilDeleted: makeWaitUntilDeleted(dependencies),
  };
}
