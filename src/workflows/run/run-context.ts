import { workflowInfo } from '@temporalio/workflow';
import { clusterOfQueue, type Chain } from '../../contract';
import type { Settings } from '../../contract/internal';
import { settingsActivities } from './policies';

/** This run's identity, the same through retries, resets and continue-as-new. */
export function ownChain(): Chain {
  const info = workflowInfo();
  return { workflowId: info.workflowId, firstExecutionRunId: info.firstExecutionRunId };
}

/** The cluster as the task queue names it; for headlines, before anything is checked. */
export const ownCluster = (): string => clusterOfQueue(workflowInfo().taskQueue) ?? workflowInfo().taskQueue;

/**
 * The first step of every workflow: the cluster from the task queue, timings and known search attributes from the
 * worker. The queue's name is read by the activity, not the workflow: a replay runs on another queue.
 */
export async function readSettings(): Promise<Settings> {
  return await settingsActivities.readSettings({ taskQueue: workflowInfo().taskQueue });
}
