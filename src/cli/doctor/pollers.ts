import type { Client } from '@temporalio/client';

/** TaskQueueType of Temporal's API (temporal.api.enums.v1). */
const TYPE = { workflow: 1, activity: 2 } as const;

/**
 * A poll lasts a minute, and a worker polls again at once; the server forgets a poller only after about five minutes.
 */
const GONE_AFTER_MS = 75_000;

export interface Poller {
  identity: string;
  /** Polled within the last minute, so it is running or has only just stopped. */
  alive: boolean;
}

/** The workers that recently polled a task queue, each once. */
export async function listPollers(temporal: Client, queue: string, kind: keyof typeof TYPE): Promise<Poller[]> {
  const { pollers } = await temporal.workflowService.describeTaskQueue({
    namespace: temporal.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: TYPE[kind],
  });
  const found = new Map<string, boolean>();
  for (const { identity, lastAccessTime } of pollers ?? []) {
    const polledAt = lastAccessTime?.seconds == null ? undefined : Number(lastAccessTime.seconds) * 1000;
    const alive = polledAt === undefined || Date.now() - polledAt < GONE_AFTER_MS;
    if (identity) found.set(identity, alive || (found.get(identity) ?? false));
  }
  return [...found].map(([identity, alive]) => ({ identity, alive }));
}
