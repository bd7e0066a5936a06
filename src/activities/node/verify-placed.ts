import { findTablets, snapshotDirectory } from '../../yugabyte';
import type { Batch } from '../shapes';
import { getWorkList } from '../../repository';
import { placeLine } from '../work-lines';
import type { NodeDependencies } from './dependencies';
import { confirmNode } from './own-node';
import { byTablet, placedProblem } from './placed-files';

export interface VerifyPlacedInput {
  uuid: string;
  snapshotId: string;
  batches: Batch[];
}

export interface Unplaced {
  tablet: string;
  problem: string;
}

/** More would only fill the history: one is enough to place again. */
const NAMED_AT_MOST = 10;

/**
 * Names and sizes of everything placed on this node, once more just before `restore_snapshot`. What is not as it was
 * placed (a replica that moved away, one whose directory is not there yet) is returned: it is listed and placed again.
 */
export function makeVerifyPlaced(dependencies: NodeDependencies) {
  return async function verifyPlaced({ uuid, snapshotId, batches }: VerifyPlacedInput): Promise<Unplaced[]> {
    confirmNode(dependencies, uuid);
    const { identity, repository } = dependencies;
    const homes = await findTablets(identity.dataDirs);
    const unplaced: Unplaced[] = [];
    for (const { work } of batches) {
      for (const [tablet, lines] of byTablet(await getWorkList(repository, work, placeLine))) {
        const home = homes.get(tablet);
        const problem = home
          ? await placedProblem(snapshotDirectory(home, tablet, snapshotId), lines)
          : 'it has no directory there';
        if (problem !== undefined) unplaced.push({ tablet, problem });
        if (unplaced.length === NAMED_AT_MOST) return unplaced;
      }
    }
    return unplaced;
  };
}
