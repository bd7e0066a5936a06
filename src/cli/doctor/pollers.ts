import type { Client } from '@temporalio/client';

/** TaskQueueType of Temporal's API (temporal.api.enums.v1). */
const TYPE = { workflow: 1, activity: 2 } as const;

/** How many workers polled a task queue lately (the server forgets a poller after about five minutes). */
export async function countPollers(temporal: Client, queue: string, kind: keyof typeof TYPE): Promise<number> {
  const { pollers } = await temporal.workflowService.describeTaskQueue({
    namespace: temporal.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: TYPE[kind],
  });
  return new Set((pollers ?? []).map(({ identity }) => identity)).size;
}
