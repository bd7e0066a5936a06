// Workflow code of someone else, with a worker of his own: it is called like one of Kalpa's and starts a guardian as a
// run of Kalpa does.
import {
  condition,
  defineSignal,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';

interface Foreign {
  queue: string;
  guardianId: string;
  subject: string;
  settings: unknown;
  undo: unknown;
  /** Steps on his own queue, which answer what he likes. */
  steps: string[];
  /** Steps of the same kinds that Kalpa's own workers carry out, in order. */
  honest?: { type: string; input: unknown }[];
}

interface Asked {
  queue: string;
  type: string;
  input: object;
  guardianId: string;
  /** A workflow of his own queue bears the guardian's name, and is his child. */
  child?: boolean;
}

/**
 * Asks, when asked to, a step of Kalpa's own workers that changes something, in its own name and with a lock that
 * it names.
 */
export async function inspectCluster({ queue, type, input, guardianId, child }: Asked): Promise<void> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const chain = { workflowId, firstExecutionRunId };
  let told = false;
  setHandler(defineSignal('go'), () => {
    told = true;
  });
  await condition(() => told);
  if (child === true)
    await startChild('guardian', {
      ...{ workflowId: guardianId, parentClosePolicy: ParentClosePolicy.TERMINATE },
      memo: { owner: chain, operation: 'createSnapshot' },
    });
  await theirs(queue)[type]?.({ guarded: { chain, guardianIds: [guardianId] }, ...input });
}

const theirs = (taskQueue: string): Record<string, (input: unknown) => Promise<unknown>> =>
  proxyActivities({ taskQueue, startToCloseTimeout: '10s', retry: { maximumAttempts: 1 } });

export async function backUpDatabase({
  queue,
  guardianId,
  subject,
  settings,
  undo,
  steps,
  honest = [],
}: Foreign): Promise<unknown> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const owner = { workflowId, firstExecutionRunId };
  const own = proxyActivities({ startToCloseTimeout: '10s' });
  const guardian = await startChild('guardian', {
    workflowId: guardianId,
    taskQueue: queue,
    args: [{ subject, guardianId, owner, operation: 'backUpDatabase', settings }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    memo: { owner, operation: 'backUpDatabase' },
  });
  for (const step of steps) await own[step]?.({});
  for (const { type, input } of honest) await theirs(queue)[type]?.(input);
  await guardian.signal('note', { key: 'x', undo });
  await guardian.signal('close', { end: 'failed' });
  return await guardian.result();
}
