import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import { STEP_BEGAN } from '../contract/internal';

/** Steps whose undo a workflow notes first (`notedStep`): each that makes something with `makingByCommand`. */
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
 * Tells the run that an attempt of a noted step begins, before it does anything. When a step is cancelled while it
 * waits for a worker, Temporal reports it as not started, but it reports the same between two attempts: only without
 * this message is it certain that nothing was made, and that there is nothing to undo.
 */
export const stepBeganInterceptor: ActivityInterceptorsFactory = (context) => {
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
