// Workflow code of somebody else, with a worker of his own: it is called like one of Kalpa's and starts a guardian as a run of Kalpa does.
import { ParentClosePolicy, proxyActivities, startChild, workflowInfo } from '@temporalio/workflow';

interface Foreign {
  queue: string;
  guardianId: string;
  subject: string;
  settings: unknown;
  undo: unknown;
  /** Steps on his own queue, which answer what he likes. */
  steps: string[];
}

export async function backUpDatabase({ queue, guardianId, subject, settings, undo, steps }: Foreign): Promise<unknown> {
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
  await guardian.signal('note', { key: 'x', undo });
  await guardian.signal('close', { end: 'failed' });
  return await guardian.result();
}
