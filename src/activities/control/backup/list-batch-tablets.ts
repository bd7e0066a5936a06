import { getWorkList } from '../../../repository';
import type { ListRef } from '../../shapes';
import { copyLine } from '../../work-lines';
import type { ControlDependencies } from '../dependencies';

/** The tablets of a batch whose node is away, so that other replicas can be planned. */
export function makeListBatchTablets({ repository }: ControlDependencies) {
  return async function listBatchTablets({ work }: { work: ListRef }): Promise<{ tablets: string[] }> {
    return { tablets: (await getWorkList(repository, work, copyLine)).map(({ tablet }) => tablet) };
  };
}
