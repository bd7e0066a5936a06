import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import { STEP_BEGAN } from '../contract/internal';

/** Steps whose undo a workflow notes before them (`notedStep`): each that makes something by `makingByCommand`. */
export const NOTED_STEPS: ReadonlySet<string> = new Set([
  'createKeyspace',
  'createSnapshot',
  'createSnapshotSchedule',
  'importSnapshot',
  'loadSchema',
  'loadText',
  'openBackup',
  'openDump',
  'restoreSnapshot',
  'rewindDatabase',
  'setLoadBalancer',
  'startClone',
]);

/**
 * Tells the run that an attempt of a noted step begins, before it does anything. Of a step that is cancelled while it
 * waits for a worker Temporal says that it was not started, but it says so between two attempts too: without this
 * message nothing was ever made, and nothing is to be undone.
 */
export const stepBegan: ActivityInterceptorsFactory = (context) => {
  const inbound: ActivityInboundCallsInterceptor = {
    async execute(input, next) {
      const { activityType, activityId, workflowExecution } = context.info;
      if (NOTED_STEPS.has(activityType) && workflowExecution) {
        const { workflowId, runId } = workflowExecution;
        await context.client.workflow.getHandle(workflowId, runId).signal(STEP_BEGAN, { activityId });
      }
      return await next(input);
    },
  };
  return { inbound };
};
