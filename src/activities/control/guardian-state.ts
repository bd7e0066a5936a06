import { WorkflowNotFoundError } from '@temporalio/common';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Chain } from '../../contract';
import { failWith } from '../application-failure';
import type { Guarded } from '../shapes';
import type { ControlDependencies } from './dependencies';

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

/** Link to a run in the Temporal UI; without a known UI the path alone. */
export function runLink(
  { client, ui }: Pick<ControlDependencies, 'client' | 'ui'>,
  workflowId: string,
  runId: string,
): string {
  return `${ui ?? ''}/namespaces/${client.options.namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
}

/**
 * First thing in every activity that changes the cluster or the bucket: the guardians must be running and name this
 * chain. A reset of a closed run must not act without its lock.
 */
export async function confirmGuardians(
  dependencies: Pick<ControlDependencies, 'client'>,
  { chain, guardianIds }: Guarded,
): Promise<void> {
  for (const id of guardianIds) {
    const description = await describeRun(dependencies, id);
    if (description?.status.name === 'RUNNING' && sameChain(ownerOf(description), chain)) continue;
    throw failWith(
      'DatabaseBusy',
      `The lock ${id} is not held by ${chain.workflowId} any more${description?.status.name === 'RUNNING' ? ': another run holds it' : ''}. Nothing more was changed; start a new run.`,
      [{ workflowId: id, runId: description?.runId ?? '' }],
    );
  }
}
