import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  startChild,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { NodePlan } from '../../activities/internal-types';
import { childId } from '../../contract';
import type { Settings } from '../../contract/internal';
import { CopyMonitor } from './copy-monitor';
import type { LiveLimits } from './live-limits';
import type { RunProgress } from '../run/progress';
import { wait } from '../run/policies';
import { ownChain } from '../run/run-context';

interface FanOut<I, R> {
  settings: Settings;
  progress: RunProgress;
  limits: LiveLimits;
  plans: NodePlan[];
  child: (input: I) => Promise<R>;
  /** The part of the child's id before the node: `copy-1`. */
  part: string;
  summary: (plan: NodePlan) => string;
  input: (plan: NodePlan) => I;
  /** What a completed run of a node has done. */
  done: (result: Awaited<R>, plan: NodePlan) => { files: number; bytes: number };
}

/**
 * Starts one child workflow for each node and watches them together: their counters are read from time to time for this
 * run's page, changed limits are sent to them, and the first failure cancels the others and waits for them before it is
 * thrown.
 */
export async function onEveryNode<I, R>(fanOut: FanOut<I, R>): Promise<Awaited<R>[]> {
  const { settings, progress, plans, limits } = fanOut;
  progress.forgetNodes();
  for (const { node, files, bytes } of plans)
    progress.node(node.address, { filesDone: 0, filesTotal: files, bytesDone: 0, bytesTotal: bytes });
  const children: { plan: NodePlan; handle: ChildWorkflowHandle<(input: I) => Promise<R>> }[] = [];
  const view = new CopyMonitor({ settings, progress, limits });
  const scope = new CancellationScope();
  scope.cancelRequested.catch(() => {
    view.lookOnceMore();
    for (const { handle } of children) void askToCancel(handle.workflowId);
  });
  try {
    return await scope.run(async () => {
      view.open();
      for (const plan of plans) {
        const { version } = limits.current;
        const handle = await startNode(fanOut, plan);
        children.push({ plan, handle });
        view.add({ node: plan.node.address, workflowId: handle.workflowId }, version);
      }
      const results = children.map(async ({ plan, handle }) => {
        try {
          const result = await handle.result();
          const { files, bytes } = fanOut.done(result, plan);
          progress.nodesAt([{ node: plan.node.address, filesDone: files, bytesDone: bytes }]);
          return result;
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
    await view.close();
  }
}

// By id only: after a reset, the children started before it keep running, and the server no longer treats them as *its*
// children ("not found", server 1.31). A child that has ended needs no cancel.

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
      // The child of this chain's run before a reset: nobody uses its result.
      await askToCancel(workflowId);
      await wait(fanOut.settings, `until the earlier copy on ${plan.node.address} has ended`).waitUntilFree({
        guardianId: workflowId,
      });
    }
  }
}
