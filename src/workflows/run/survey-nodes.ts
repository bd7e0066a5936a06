import { isCancellation } from '@temporalio/workflow';
import type { NodeRef, NodeState } from '../../activities/internal-types';
import type { Settings } from '../../contract/internal';
import { isTimeout, reasonOf } from './failure';
import type { PreflightQuestions } from './ask-preflight';
import { shortStep, shortStepOnNode } from './policies';

/** Every tserver that the masters list, and whether its Kalpa worker answers on its queue for short steps. */
export async function surveyNodes(settings: Settings): Promise<NodeState[]> {
  const { nodes } = await shortStep(settings, 'tservers as the masters list them').listNodes();
  return await askWorkers(settings, nodes);
}

/** What preflight learns about the nodes. */
export interface Survey {
  nodes: NodeState[];
  /** Why the masters could not list them; preflight finds out the rest. */
  unlisted?: string;
}

/**
 * The same for preflight: masters that do not answer are one finding among others, and all waits share preflight's
 * deadline.
 */
export async function surveyForPreflight(settings: Settings, questions: PreflightQuestions): Promise<Survey> {
  try {
    const { nodes } = await questions.ask(
      'tservers as the masters list them',
      async (summary, patience) => await shortStep(settings, summary).surveyNodes(patience),
      { survey: true },
    );
    const beganAt = Date.now();
    const answers = await askWorkers(settings, nodes, questions.leftMs(true));
    // Waiting for a worker is not time lost on a component that is unavailable.
    if (answers.some(({ worker }) => worker === undefined)) questions.spend(Date.now() - beganAt);
    return { nodes: answers };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { nodes: [], unlisted: reasonOf(error) };
  }
}

async function askWorkers(
  settings: Settings,
  nodes: (NodeRef & { alive: boolean })[],
  leftMs = Infinity,
): Promise<NodeState[]> {
  const withinMs = Math.max(Math.min(settings.timing.nodeAnswerTimeout, leftMs), settings.timing.preflightDeadline / 6);
  return await Promise.all(nodes.map(async (node) => await askWorker(settings, node, withinMs)));
}

/** Whether the worker of a tserver answers. */
export async function askWorker(
  settings: Settings,
  node: NodeRef & { alive: boolean },
  withinMs = settings.timing.nodeAnswerTimeout,
): Promise<NodeState> {
  if (!node.alive) return { ...node, workerProblem: 'its tserver is not ALIVE' };
  try {
    return {
      ...node,
      worker: await shortStepOnNode(settings, node, `is ${node.address} there?`, withinMs).describeNode(node),
    };
  } catch (error) {
    return { ...node, workerProblem: workerProblem(withinMs, node, error) };
  }
}

function workerProblem(withinMs: number, node: NodeRef, error: unknown): string {
  return isTimeout(error)
    ? `no node worker took a question within ${Math.round(withinMs / 1000)} s (is \`kalpa worker node\` running beside ${node.address}?)`
    : reasonOf(error);
}
