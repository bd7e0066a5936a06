import { cancellationSignal, sleep } from '@temporalio/activity';
import type { WorkflowExecutionStatusName } from '@temporalio/client';
import type { Chain } from '../../../contract';
import type { OwnerEnd } from '../../../contract/internal';
import { showProgress } from '../../heartbeat-interceptor';
import type { ControlDependencies } from '../dependencies';
import { describeRun } from './guardian-state';

const ENDS: Partial<Record<WorkflowExecutionStatusName, OwnerEnd>> = {
  COMPLETED: 'complete',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
};

/** Ends decided by the owner's own workflow code: its activities have ended too. */
const ENDED_BY_OWN_CODE = new Set<OwnerEnd>(['complete', 'failed', 'cancelled']);

/**
 * Waits until the owner's chain is closed in any way, terminate and time-out included. The latest run under the id
 * counts: a reset or a continue-as-new keeps the first execution run id, another operation has a different one.
 * Activities of a run that was ended from outside learn of it at their next heartbeat and continue until then (one may
 * be about to create what would have to be undone), so such an end is reported one heartbeat time-out later, and only
 * if no reset has revived the chain.
 */
export function makeWatchOwner(dependencies: ControlDependencies) {
  const { timing, looks } = dependencies;
  return async function watchOwner({ owner }: { owner: Chain }): Promise<{ end: OwnerEnd }> {
    const since = Date.now();
    for (let earlier: OwnerEnd | undefined; ;) {
      const { end, status } = await looks.query(
        `${owner.workflowId} ${owner.firstExecutionRunId}`,
        { since, freshMs: timing.ownerPollInterval, signal: cancellationSignal() },
        async () => await look(dependencies, owner),
      );
      if (end !== undefined && (ENDED_BY_OWN_CODE.has(end) || end === earlier)) return { end };
      showProgress({ owner: owner.workflowId, status });
      await sleep(end === undefined ? timing.ownerPollInterval : timing.heartbeatTimeout);
      earlier = end;
    }
  };
}

async function look(dependencies: ControlDependencies, owner: Chain): Promise<{ end?: OwnerEnd; status: string }> {
  const found = await describeRun(dependencies, owner.workflowId);
  if (!found) return { end: 'terminated', status: 'NOT_FOUND' }; // gone from the namespace: nobody will report its end
  const status = found.status.name;
  const firstRunId = found.raw.workflowExecutionInfo?.firstRunId;
  const end = firstRunId && firstRunId !== owner.firstExecutionRunId ? 'terminated' : ENDS[status];
  return end === undefined ? { status } : { end, status };
}
