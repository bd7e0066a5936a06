import type { Chain } from '../../../contract';
import { scratchName } from '../undo/snapshot-candidates';

/** The scratch name for one try of this run, the same in every attempt. */
export function nameScratch({ chain, take }: { chain: Chain; take: number }): Promise<{ scratchName: string }> {
  return Promise.resolve({ scratchName: scratchName(`${chain.workflowId} ${take}`, chain.firstExecutionRunId) });
}
