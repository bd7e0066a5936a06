import {
  CancellationScope,
  isCancellation,
  setHandler,
  startChild,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { NodePlan } from '../activities/shapes';
import { childId, type Settings } from '../contract';
import { limitsSignal, nodeProgressSignal } from './copy-messages';
import type { LiveLimits } from './live-limits';
import type { RunProgress } from './progress';
import { ownChain } from './run-context';

interface FanOut<I, R> {
  settings: Settings;
  progress: RunProgress;
  limits: LiveLimits;
  plans: NodePlan[];
  child: (input: I) => Promise<R>;
  /** Part of the child's id before the node: `copy-1`. */
  part: string;
  summary: (plan: NodePlan) => string;
  input: (plan: NodePlan) => I;
}

/**
 * One child workflow for each node, watched together: their counters go to this run's page, changed limits go to
 * them, and the first failure cancels the others and waits for them before it goes on.
 */
export async function onEveryNode<I, R>(fanOut: FanOut<I, R>): Promise<R[]> {
  const { progress, plans, limits } = fanOut;
  progress.forgetNodes();
  for (const { node, files, bytes } of plans)
    progress.node(node.address, { filesDone: 0, filesTotal: files, bytesDone: 0, bytesTotal: bytes });
  setHandler(
    nodeProgressSignal,
    ({ node, counters }) => {
      progress.node(node, counters);
    },
    { description: "A node's run tells how far it is." },
  );
  const children: ChildWorkflowHandle<(input: I) => Promise<R>>[] = [];
  const stop = limits.onChange((changed) => {
    for (const child of children) void child.signal(limitsSignal, changed).catch(() => undefined); // an ended child needs no limits
  });
  const scope = new CancellationScope();
  try {
    return await scope.run(async () => {
      for (const plan of plans) children.push(await startNode(fanOut, plan));
      const results = children.map(async (child) => {
        try {
          return await child.result();
        } catch (error) {
          if (!isCancellation(error)) scope.cancel(); // stop copying elsewhere; the clean-up must not race an upload
          throw error;
        }
      });
      const settled = await Promise.allSettled(results);
      const failed = settled.filter((result) => result.status === 'rejected');
      const first = failed.find(({ reason }) => !isCancellation(reason)) ?? failed[0];
      if (first) throw first.reason;
      return settled.map((result) => (result as PromiseFulfilledResult<Awaited<R>>).value);
    });
  } finally {
    stop();
  }
}

async function startNode<I, R>(
  fanOut: FanOut<I, R>,
  plan: NodePlan,
): Promise<ChildWorkflowHandle<(input: I) => Promise<R>>> {
  return await startChild(fanOut.child, {
    workflowId: childId(ownChain(), `${fanOut.part}-${plan.node.address}`),
    workflowTaskTimeout: fanOut.settings.timing.workflowTaskTimeout,
    staticSummary: fanOut.summary(plan),
    args: [fanOut.input(plan)],
  });
}
