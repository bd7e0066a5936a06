import { activityInfo } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Chain } from '../../../contract';
import { failWith } from '../../application-failure';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';

/** The latest run under a workflow id, or undefined when the namespace knows none. */
export async function describeRun(
  { client }: Pick<ControlDependencies, 'client'>,
  workflowId: string,
  runId?: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowId, runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** The chain that a guardian names as its owner. */
export function ownerOf(description: WorkflowExecutionDescription): Chain | undefined {
  return description.memo?.['owner'] as Chain | undefined;
}

export function sameChain(a: Chain | undefined, b: Chain): boolean {
  return a?.workflowId === b.workflowId && a.firstExecutionRunId === b.firstExecutionRunId;
}

/** Link to a run in the Temporal UI; only the path if the UI's address is unknown. */
export function runLink(
  { client, ui }: Pick<ControlDependencies, 'client' | 'ui'>,
  workflowId: string,
  runId: string,
): string {
  return `${ui ?? ''}/namespaces/${client.options.namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
}

/**
 * Whether a run of the chain started this one as its child, as recorded by Temporal itself: a caller can claim
 * anything.
 */
export async function startedByChain(
  dependencies: Pick<ControlDependencies, 'client'>,
  description: WorkflowExecutionDescription | undefined,
  { workflowId, firstExecutionRunId }: Chain,
): Promise<'yes' | 'another run of it' | 'no'> {
  const parent = description?.raw.workflowExecutionInfo?.parentExecution;
  if (!parent?.workflowId || parent.workflowId !== workflowId) return 'no';
  if (parent.runId === firstExecutionRunId) return 'yes';
  return (await isOfChain(dependencies, { workflowId, runId: parent.runId ?? '' }, firstExecutionRunId))
    ? 'yes'
    : 'another run of it';
}

/** A reset or continue-as-new changes the run id, but not the first execution run id. */
async function isOfChain(
  dependencies: Pick<ControlDependencies, 'client'>,
  { workflowId, runId }: { workflowId: string; runId: string },
  firstExecutionRunId: string,
): Promise<boolean> {
  if (runId === firstExecutionRunId) return true;
  const run = await describeRun(dependencies, workflowId, runId);
  return run?.raw.workflowExecutionInfo?.firstRunId === firstExecutionRunId;
}

/**
 * The first thing in every activity that changes the cluster or the bucket: the caller is a run of this chain, and the
 * guardians are running, were started by this chain and name it. A reset of a closed run must not act without its lock,
 * nor another workflow with someone else's.
 */
export async function confirmGuardians(
  dependencies: Pick<ControlDependencies, 'client'>,
  { chain, guardianIds }: Guarded,
): Promise<void> {
  const { workflowExecution: asks, taskQueue } = activityInfo();
  if (asks?.workflowId !== chain.workflowId || !(await isOfChain(dependencies, asks, chain.firstExecutionRunId)))
    throw failWith(
      'DatabaseBusy',
      `${asks?.workflowId ?? 'The caller'} is not the run of ${chain.workflowId} that holds ${guardianIds.join(', ')}, so nothing was changed. Start a separate operation.`,
      [{ workflowId: chain.workflowId, runId: chain.firstExecutionRunId }],
    );
  for (const id of guardianIds) {
    const description = await describeRun(dependencies, id);
    const held =
      description?.status.name === 'RUNNING' &&
      description.type === 'guardian' &&
      description.taskQueue === taskQueue.split('/', 2).join('/'); // kalpa/<cluster>
    if (held && sameChain(ownerOf(description), chain)) {
      if ((await startedByChain(dependencies, description, chain)) === 'yes') continue;
    }
    throw failWith(
      'DatabaseBusy',
      `The lock ${id} is no longer held by ${chain.workflowId}${held ? ': another run holds it' : ''}. Nothing more was changed; start a new run.`,
      [{ workflowId: id, runId: description?.runId ?? '' }],
    );
  }
}
