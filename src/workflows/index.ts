/** Everything that a control worker runs as a workflow; the type is the function's name. */
export { backUpDatabase } from './back-up-database';
export { copyFromNode } from './copy-from-node';
export { dumpCluster } from './dump-cluster';
export { dumpDatabase } from './dump-database';
export { guardian } from './guardian';
export { inspectCluster } from './inspect-cluster';
export { loadDump } from './load-dump';
export { placeOnNode } from './place-on-node';
export { restoreDatabase } from './restore-database';
