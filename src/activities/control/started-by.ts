import type { Client } from '@temporalio/client';
import type { Chain } from '../../contract';

/** The identity that history event 1 names: who started the run. */
export async function startedBy(
  client: Client,
  { workflowId, firstExecutionRunId }: Chain,
): Promise<string | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId: firstExecutionRunId },
    maximumPageSize: 1,
  });
  return history?.events?.[0]?.workflowExecutionStartedEventAttributes?.identity ?? undefined;
}
