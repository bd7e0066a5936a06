import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { starterName } from '../contract';

/** The search attribute that Temporal's scheduler gives the runs that it starts. */
const SCHEDULED_BY = 'TemporalScheduledById';

/** Who started the first run of a chain, from its first event; undefined where that tells nobody. */
export async function startedBy(
  client: Pick<Client, 'workflowService' | 'options'>,
  { workflowId, firstExecutionRunId }: { workflowId: string; firstExecutionRunId: string },
): Promise<string | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId: firstExecutionRunId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  return started ? starterOf(started) : undefined;
}

/** Who started a run, from its first event. */
export function starterOf({
  identity,
  searchAttributes,
}: temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes): string | undefined {
  return starterName({ identity, scheduleId: textOf(searchAttributes?.indexedFields?.[SCHEDULED_BY]?.data) });
}

/** A keyword as the server sends it: a JSON string. */
function textOf(data: Uint8Array | null | undefined): string | undefined {
  if (!data) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
