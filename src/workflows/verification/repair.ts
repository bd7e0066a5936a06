import { isCancellation } from '@temporalio/workflow';
import type { VerificationPlan } from '../../activities/control/verification/plan-verification';
import type { NodeState } from '../../activities/internal-types';
import type { Chain } from '../../contract';
import { given } from '../../objects/given';
import { bytesText } from '../../objects/texts';
import { reasonOf } from '../run/failure';
import { longStep, onNode, streaming } from '../run/policies';
import type { StartedRun } from '../run/run-operation';
import { surveyNodes } from '../run/survey-nodes';

/** Ahead of backups on the same node's queue. */
const REPAIR_PRIORITY = 1;
/** Files named in a result. */
const MAX_REPORTED = 100;

interface RepairInput {
  chain: Chain;
  plan: VerificationPlan;
  limits: { bytesPerSecond?: number | undefined; parallelism?: number | undefined };
}

/** The files that were fetched, and those that could not be, with the reason. */
export interface Repaired {
  repaired: { files: number; bytes: number };
  unrepaired: string[];
}

/**
 * Has missing or damaged files fetched again from the nodes that they were backed up from. A node that is unavailable,
 * or a file that is no longer there, is reported and is not a failure.
 */
export async function repair(
  { settings, progress }: Pick<StartedRun<object>, 'settings' | 'progress'>,
  { chain, plan, limits }: RepairInput,
): Promise<Repaired> {
  const nodes = await nodesOf(settings);
  const planned = await longStep(settings, 'what can be fetched again').planRepair({ chain, plan, ...nodes });
  const done: Repaired = { repaired: { files: 0, bytes: 0 }, unrepaired: [...planned.reasons] };
  const runLimits = { version: 1, ...given(limits) };
  const runKey = `${chain.workflowId}/${chain.firstExecutionRunId}`;
  const { bytesPerSecond } = limits;
  for (const { node, n, work } of planned.batches) {
    const outcome = await progress.during(
      `${work.files} files (${bytesText(work.bytes)}) from ${node.address}`,
      async () => {
        try {
          const moved = { bytes: work.bytes, bytesPerSecond, priorityKey: REPAIR_PRIORITY };
          return await onNode(settings, node, `fetch ${work.files} files again`, moved).repairFiles({
            ...{ uuid: node.uuid, chain, plannedAt: plan.plannedAt, n, work, runKey, limits: runLimits },
          });
        } catch (error) {
          if (isCancellation(error)) throw error;
          return { away: `${node.address}: ${reasonOf(error)}` };
        }
      },
    );
    const read = { bytes: work.bytes, bytesPerSecond };
    const found = await streaming(settings, `look at what ${node.address} has fetched`, read).recordRepairs({
      ...{ chain, plan, n, work },
      ...outcome,
      ...given({ bytesPerSecond }),
    });
    done.repaired.files += found.files;
    done.repaired.bytes += found.bytes;
    done.unrepaired.push(...found.reasons);
  }
  return { ...done, unrepaired: done.unrepaired.slice(0, MAX_REPORTED) };
}

/** A lost cluster has nothing to repair from; its backups are verified all the same. */
async function nodesOf(settings: StartedRun<object>['settings']): Promise<{ nodes: NodeState[]; unlisted?: string }> {
  try {
    return { nodes: await surveyNodes(settings) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { nodes: [], unlisted: `the masters could not be asked where it is: ${reasonOf(error)}` };
  }
}
