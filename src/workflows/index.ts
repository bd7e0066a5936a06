/** Everything that a control worker runs as a workflow; the type is the function's name. */
export { backUpDatabase } from './back-up-database';
export { copyFromNode } from './copy-from-node';
export { createSnapshot } from './create-snapshot';
export { deleteSnapshot } from './delete-snapshot';
export { disablePointInTimeRecovery } from './disable-point-in-time-recovery';
export { enablePointInTimeRecovery } from './enable-point-in-time-recovery';
export { expireSnapshot } from './expire-snapshot';
export { dumpCluster } from './dump-cluster';
export { dumpDatabase } from './dump-database';
export { guardian } from './guardian';
export { inspectCluster } from './inspect-cluster';
export { loadDump } from './load-dump';
export { placeOnNode } from './place-on-node';
export { recoverToPointInTime } from './recover-to-point-in-time';
export { restoreDatabase } from './restore-database';
export { restoreSnapshot } from './restore-snapshot';
