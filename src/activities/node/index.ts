import { checkedActivities } from '../inputs/checked-activities';
import { nodeInputs } from '../inputs/node';
import { makeCopyTablets } from './copy-tablets';
import type { NodeDependencies } from './dependencies';
import { makeDescribeNode } from './describe-node';
import { makeListReplicas } from './list-replicas';
import { makePlaceTablets } from './place-tablets';
import { makeRepairFiles } from './repair-files';
import { makeSetRunLimits } from './set-run-limits';
import { makeVerifyPlaced } from './verify-placed';

/** Every activity that runs beside a tserver, behind its schema. */
export function makeNodeActivities(dependencies: NodeDependencies) {
  return checkedActivities(
    {
      copyTablets: makeCopyTablets(dependencies),
      describeNode: makeDescribeNode(dependencies),
      listReplicas: makeListReplicas(dependencies),
      placeTablets: makePlaceTablets(dependencies),
      repairFiles: makeRepairFiles(dependencies),
      setRunLimits: makeSetRunLimits(dependencies),
      verifyPlaced: makeVerifyPlaced(dependencies),
    },
    nodeInputs,
  );
}

export type NodeActivities = ReturnType<typeof makeNodeActivities>;
