import { QueryNotRegisteredError, WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { Progress } from '../../../src/contract';
import type { StackJson } from '../../../stack/stack-json';
import { stackJson, until } from '../stack';

/** The run's own account of where it is. */
export async function progressOf(handle: WorkflowHandle): Promise<Progress> {
  return await handle.query<Progress>('progress');
}

/** Waits until a run is copying and some bytes have arrived. */
export async function untilCopying(handle: WorkflowHandle): Promise<void> {
  await until('the run copies files', async () => {
    const { phase, nodes } = await progressOf(handle).catch(notYet);
    return phase === 'files' && nodes.some(({ bytesDone }) => bytesDone > 0);
  });
}

export async function untilPhase(handle: WorkflowHandle, phase: string): Promise<void> {
  await until(`the run reaches ${phase}`, async () => (await progressOf(handle).catch(notYet)).phase === phase);
}

const PENDING_TIMEOUT_MS = 60_000;

/**
 * Waits until an activity, or a child workflow, of this type is scheduled for the run, the `nth` time. The server tells
 * each event as it comes, so that even a short step is seen while it runs.
 */
export async function untilPending(handle: WorkflowHandle, type: string, nth = 1): Promise<void> {
  const { workflowService, connection, options } = handle.client;
  const giveUpAt = Date.now() + PENDING_TIMEOUT_MS;
  const started = async (): Promise<boolean> =>
    await handle.describe().then(
      () => true,
      (error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      },
    );
  await until(`${handle.workflowId} is started`, started, PENDING_TIMEOUT_MS);
  const { runId } = await handle.describe();
  let nextPageToken: Uint8Array | undefined;
  let seen = 0;
  do {
    const page = await connection.withDeadline(
      giveUpAt,
      async () =>
        await workflowService.getWorkflowExecutionHistory({
          namespace: options.namespace,
          execution: { workflowId: handle.workflowId, runId },
          waitNewEvent: true,
          ...(nextPageToken ? { nextPageToken } : {}),
        }),
    );
    seen += (page.history?.events ?? []).filter(
      ({ activityTaskScheduledEventAttributes: activity, childWorkflowExecutionStartedEventAttributes: child }) =>
        activity?.activityType?.name === type || child?.workflowType?.name === type,
    ).length;
    if (seen >= nth) return;
    nextPageToken = page.nextPageToken;
  } while (nextPageToken && nextPageToken.length > 0);
  throw new Error(
    `The run is ${(await handle.describe()).status.name}; ${type} was scheduled ${seen} times, not ${nth}.`,
  );
}

/** Waits until an activity of this type has failed once and is tried again. */
export async function untilTriedAgain(handle: WorkflowHandle, type: string): Promise<void> {
  await until(`${type} is tried again`, async () => {
    const { raw } = await handle.describe();
    return (raw.pendingActivities ?? []).some(
      ({ activityType, attempt }) => activityType?.name === type && (attempt ?? 0) > 1,
    );
  });
}

/** Waits until an activity has failed because a tserver that holds a replica is not ALIVE. */
export async function untilDeadReplicaNoticed(handle: WorkflowHandle): Promise<void> {
  await until('a dead replica is noticed', async () => {
    const { raw } = await handle.describe();
    return (raw.pendingActivities ?? []).some(({ lastFailure }) => lastFailure?.message?.includes('not ALIVE'));
  });
}

/** A run answers queries from its first step on, a moment after it was started. */
function notYet(error: unknown): Pick<Progress, 'phase' | 'nodes'> {
  if (error instanceof QueryNotRegisteredError) return { phase: '', nodes: [] };
  throw error;
}

/** Pid of a process of the stack, read again. */
export function pidOf(name: string): number {
  const found = stackJson().processes.find((process) => process.name === name);
  if (!found) throw new Error(`The stack has no process ${name}.`);
  return found.pid;
}

/** SIGKILLs a process of the stack and waits until the stack has started it again. */
export async function killProcess(name: string): Promise<void> {
  const before = pidOf(name);
  process.kill(before, 'SIGKILL');
  await until(`${name} is started again`, () => pidOf(name) !== before);
}

/** Waits until a guardian has ended and returns how. */
export async function guardianEnd(client: Client, database: string, cluster = 'demo'): Promise<string> {
  const handle = client.workflow.getHandle(`busy/${cluster}/${database}`);
  let status = '';
  await until(`the guardian of ${database} has ended`, async () => {
    status = (await handle.describe()).status.name;
    return status !== 'RUNNING';
  });
  return status;
}

/** The node worker that copies most, by its process name. */
export async function busiestNode(handle: WorkflowHandle, stack: StackJson): Promise<string> {
  const { nodes } = await progressOf(handle);
  const [busiest] = [...nodes].sort((a, b) => b.bytesTotal - b.bytesDone - (a.bytesTotal - a.bytesDone));
  const node = busiest?.node ?? stack.tservers[0]?.address ?? '';
  return `node-worker-${node}`;
}
