import type { ControlDependencies } from '../dependencies';
import { makeDescribeRelease } from './describe-release';
import { makeListNodes } from './list-nodes';
import { makeReadSettings } from './read-settings';
import { makeRecordOperation } from './record-operation';
import { makeRenewLease } from './renew-lease';

/** Activities that every run uses. */
export function createRunActivities(dependencies: ControlDependencies) {
  return {
    describeRelease: makeDescribeRelease(dependencies),
    listNodes: makeListNodes(dependencies),
    readSettings: makeReadSettings(dependencies),
    recordOperation: makeRecordOperation(dependencies),
    renewLease: makeRenewLease(dependencies),
  };
}
