import { findTablets, snapshotDirectory } from '../../yugabyte';
import { failWith } from '../application-failure';
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

/** Names and sizes of everything placed on this node, once more just before `restore_snapshot`. */
export function makeVerifyPlaced(dependencies: NodeDependencies) {
  return async function verifyPlaced({ uuid, snapshotId, batches }: VerifyPlacedInput): Promise<void> {
    confirmNode(dependencies, uuid);
    const { identity, repository } = dependencies;
    const homes = await findTablets(identity.dataDirs);
    for (const { work } of batches) {
      for (const [tablet, lines] of byTablet(await getWorkList(repository, work, placeLine))) {
        const home = homes.get(tablet);
        const problem = home
          ? await placedProblem(snapshotDirectory(home, tablet, snapshotId), lines)
          : 'its directory is gone';
        if (problem !== undefined) {
          throw failWith(
            'RestoreFailed',
            `Tablet ${tablet} on ${identity.address} is not as it was placed: ${problem}. Nothing was restored; start the restore again.`,
            [{ tablet, node: identity.address }],
          );
        }
      }
    }
  };
}
