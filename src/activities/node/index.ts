import { makeCopyTablets } from './copy-tablets';
import type { NodeDependencies } from './dependencies';
import { makeDescribeNode } from './describe-node';
import { makeListReplicas } from './list-replicas';
import { makePlaceTablets } from './place-tablets';
import { makeSetRunLimits } from './set-run-limits';
import { makeVerifyPlaced } from './verify-placed';

/** Every activity that runs beside a tserver. */
export function makeNodeActivities(dependencies: NodeDependencies) {
  return {
    copyTablets: makeCopyTablets(dependencies),
    describeNode: makeDescribeNode(dependencies),
    listReplicas: makeListReplicas(dependencies),
    placeTablets: makePlaceTablets(dependencies),
    setRunLimits: makeSetRunLimits(dependencies),
    verifyPlaced: makeVerifyPlaced(dependencies),
  };
}

export type NodeActivities = ReturnType<typeof makeNodeActivities>;
