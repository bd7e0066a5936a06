import type { Chain } from '../../../contract';
import type { ControlDependencies } from '../dependencies';
import { describeRun, ownerOf, runLink, sameChain } from './guardian-state';

export interface FindGuardianInput {
  guardianId: string;
  chain: Chain;
}

export type FindGuardianResult =
  | { state: 'free' }
  /** It names this very chain: this run was reset while it held the lock. */
  | { state: 'ours'; runId: string }
  | { state: 'other'; operation: string; holder: { workflowId: string; runId: string; link: string } };

/** Who holds a lock. */
export function makeFindGuardian(dependencies: ControlDependencies) {
  return async function findGuardian({ guardianId, chain }: FindGuardianInput): Promise<FindGuardianResult> {
    const found = await describeRun(dependencies, guardianId);
    if (found?.status.name !== 'RUNNING') return { state: 'free' };
    const owner = ownerOf(found);
    if (sameChain(owner, chain)) return { state: 'ours', runId: found.runId };
    const workflowId = owner?.workflowId ?? guardianId;
    const runId =
      owner === undefined
        ? found.runId
        : ((await describeRun(dependencies, workflowId))?.runId ?? owner.firstExecutionRunId);
    return {
      state: 'other',
      operation: typeof found.memo?.['operation'] === 'string' ? found.memo['operation'] : found.type,
      holder: { workflowId, runId, link: runLink(dependencies, workflowId, runId) },
    };
  };
}
