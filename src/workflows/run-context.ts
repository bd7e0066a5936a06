import { workflowInfo } from '@temporalio/workflow';
import { clusterOfQueue, type Chain, type Settings } from '../contract';
import { failure } from './failure';
import { settingsActivities } from './policies';

/** This run's identity, the same through retries, resets and continue-as-new. */
export function ownChain(): Chain {
  const info = workflowInfo();
  return { workflowId: info.workflowId, firstExecutionRunId: info.firstExecutionRunId };
}

/** First step of every workflow: the cluster from the task queue, timings and known search attributes from the worker. */
export async function readSettings(): Promise<Settings> {
  const { taskQueue } = workflowInfo();
  const cluster = clusterOfQueue(taskQueue);
  if (cluster === undefined) {
    throw failure(
      'InvalidInput',
      `The task queue "${taskQueue}" names no cluster; start the run on "kalpa/<cluster>".`,
      [{ field: 'taskQueue', given: taskQueue, allowed: 'kalpa/<cluster>' }],
    );
  }
  return await settingsActivities.readSettings({ cluster });
}
