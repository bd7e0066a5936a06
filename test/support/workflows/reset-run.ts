import type { WorkflowHandle } from '@temporalio/client';

/**
 * Resets a run to before an activity was scheduled for the first time, as a person does in the Temporal UI. Returns its
 * new run.
 */
export async function resetToBefore(handle: WorkflowHandle, activity: string): Promise<WorkflowHandle> {
  const { client } = handle;
  const events = (await handle.fetchHistory()).events ?? [];
  const at = events.findIndex((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity);
  const task = events.slice(0, at).findLast((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await handle.describe();
  const again = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: handle.workflowId, runId },
    reason: 'a test',
    requestId: `reset-${runId}`,
    workflowTaskFinishEventId: task?.eventId ?? null,
  });
  return client.getHandle(handle.workflowId, again.runId);
}
