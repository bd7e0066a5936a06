import { sleep } from '@temporalio/activity';
import type { WorkflowExecutionStatusName } from '@temporalio/client';
import type { Chain, OwnerEnd } from '../../contract';
import { showProgress } from '../activity-signs';
import type { ControlDependencies } from './dependencies';
import { describeRun } from './guardian-state';

const ENDS: Partial<Record<WorkflowExecutionStatusName, OwnerEnd>> = {
  COMPLETED: 'complete',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
};

/**
 * Waits, green, until the owner's chain is closed in any way, terminate and time-out included. The latest run under
 * the id counts: a reset or a continue-as-new keeps the first execution run id, another operation has another one.
 */
export function makeWatchOwner(dependencies: ControlDependencies) {
  return async function watchOwner({ owner }: { owner: Chain }): Promise<{ end: OwnerEnd }> {
    for (;;) {
      const found = await describeRun(dependencies, owner.workflowId);
      if (!found) return { end: 'terminated' }; // gone from the namespace: nobody will say close
      const firstRunId = found.raw.workflowExecutionInfo?.firstRunId;
      if (firstRunId && firstRunId !== owner.firstExecutionRunId) return { end: 'terminated' };
      const end = ENDS[found.status.name];
      if (end !== undefined) return { end };
      showProgress({ owner: owner.workflowId, status: found.status.name });
      await sleep(dependencies.timing.ownerPollInterval);
    }
  };
}
