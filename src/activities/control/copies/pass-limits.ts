import { WorkflowNotFoundError } from '@temporalio/common';
import { LIMITS_SIGNAL } from '../../../contract';
import type { RunLimits } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';

export interface PassLimitsInput {
  /** Runs that copy, each on one node. */
  workflowIds: string[];
  limits: RunLimits;
}

/**
 * Passes changed limits to the runs of all nodes: one step of the parent's history, however many there are. Safe to
 * repeat: the version decides.
 */
export function makePassLimits({ client }: Pick<ControlDependencies, 'client'>) {
  return async function passLimits({ workflowIds, limits }: PassLimitsInput): Promise<void> {
    const pass = async (workflowId: string): Promise<void> => {
      try {
        await client.workflow.getHandle(workflowId).signal(LIMITS_SIGNAL, limits);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error; // it has ended and needs none
      }
    };
    await Promise.all(workflowIds.map(pass));
  };
}
