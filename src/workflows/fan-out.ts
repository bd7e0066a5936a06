import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  startChild,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { NodePlan, RunLimits } from '../activities/shapes';
import { childId, type Settings } from '../contract';
import { limitsSignal, nodeProgressSignal } from './copy-messages';
import type { LiveLimits } from './live-limits';
import type { RunProgress } from './progress';
import { wait } from './policies';
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
    for (const { workflowId } of children) void passOn(workflowId, changed);
  });
  const scope = new CancellationScope();
  try {
    scope.cancelRequested.catch(() => {
      for (const { workflowId } of children) void askToCancel(workflowId);
    });
    return await scope.run(async () => {
      for (const plan of plans) {
        const { version } = limits.current;
        const child = await startNode(fanOut, plan);
        children.push(child);
        // Changed while it was being started: its input has the old ones, and it was no listener yet.
        if (limits.current.version !== version) void passOn(child.workflowId, limits.current);
      }
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

// By id alone: after a reset the children that were started before it run on, and the server lets a run reach them as
// *its* children no more ("not found", server 1.31). An ended child needs neither limits nor cancelling.

async function passOn(workflowId: string, changed: RunLimits): Promise<void> {
  await getExternalWorkflowHandle(workflowId)
    .signal(limitsSignal, changed)
    .catch(() => undefined);
}

async function askToCancel(workflowId: string): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    await getExternalWorkflowHandle(workflowId).cancel();
  }).catch(() => undefined);
}

async function startNode<I, R>(
  fanOut: FanOut<I, R>,
  plan: NodePlan,
): Promise<ChildWorkflowHandle<(input: I) => Promise<R>>> {
  const workflowId = childId(ownChain(), `${fanOut.part}-${plan.node.address}`);
  for (;;) {
    try {
      return await startChild(fanOut.child, {
        workflowId,
        workflowTaskTimeout: fanOut.settings.timing.workflowTaskTimeout,
        staticSummary: fanOut.summary(plan),
        args: [fanOut.input(plan)],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // The child of this chain's run before a reset: it copies for nobody.
      await askToCancel(workflowId);
      await wait(fanOut.settings, `until the earlier copy on ${plan.node.address} has ended`).waitUntilFree({
        guardianId: workflowId,
      });
    }
  }
}
