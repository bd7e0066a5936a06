import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  sleep,
  workflowInfo,
  type ExternalWorkflowHandle,
} from '@temporalio/workflow';
import type { Batch, CopyCounters, NodePlan, RunLimits } from '../activities/shapes';
import { chainTag, type Chain, type Settings } from '../contract';
import { limitsSignal, nodeProgressSignal } from './copy-messages';
import { control, onNodeControl } from './policies';
import { RunProgress } from './progress';

/**
 * Runs the batches of one node, one activity each, and reports: to the parent when a batch ends, and while a long one
 * runs by asking the node's quick queue for its counters (a workflow can't see heartbeats).
 */
export class BatchRunner {
  /** Names this run's copies on the node, for limits and counters. */
  readonly runKey: string;
  limits: RunLimits;
  private readonly done: CopyCounters;
  private readonly parent: ExternalWorkflowHandle | undefined;
  private readonly progress: RunProgress;

  constructor(
    private readonly settings: Settings,
    private readonly plan: NodePlan,
    chain: Chain,
    limits: RunLimits,
    subject: string,
    already: { files: number; bytes: number }[] = [],
  ) {
    this.runKey = `${chain.workflowId}/${chainTag(chain)}`;
    this.limits = limits;
    this.done = {
      filesDone: already.reduce((sum, ref) => sum + ref.files, 0),
      filesTotal: plan.files,
      bytesDone: already.reduce((sum, ref) => sum + ref.bytes, 0),
      bytesTotal: plan.bytes,
    };
    const { parent } = workflowInfo();
    this.parent = parent && getExternalWorkflowHandle(parent.workflowId); // a reset gave it another run id
    this.progress = new RunProgress(
      workflowInfo().workflowType,
      `${subject} on ${plan.node.address}`,
      ['files'],
      settings,
    );
    this.progress.enter('files');
    this.progress.node(plan.node.address, this.done);
    setHandler(
      limitsSignal,
      async (changed) => {
        this.limits = changed;
        // A node that does not answer gets the new limits with its next batch.
        await onNodeControl(this.settings, plan.node)
          .setRunLimits({ uuid: plan.node.uuid, runKey: this.runKey, limits: changed })
          .catch(() => undefined);
      },
      { description: 'New limits for the running copy.' },
    );
  }

  /** Runs one batch; its counters reach the parent meanwhile and at the end. */
  async run<R>(batch: Batch, work: () => Promise<R>): Promise<R> {
    const watch = new CancellationScope();
    const watching = watch
      .run(async () => {
        await this.watchCounters();
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
    try {
      const result = await work();
      this.done.filesDone += batch.work.files;
      this.done.bytesDone += batch.work.bytes;
      return result;
    } finally {
      watch.cancel();
      await watching;
      await CancellationScope.nonCancellable(async () => {
        await this.report(this.done);
      });
    }
  }

  /** The tablets of a batch, from its work list: needed only when the node is away. */
  async tabletsOf(batch: Batch): Promise<{ tablets: string[] }> {
    return await control(this.settings, `tablets of batch ${batch.n}`).listBatchTablets({ work: batch.work });
  }

  private async watchCounters(): Promise<void> {
    for (;;) {
      await sleep(this.settings.timing.progressInterval, { summary: 'until the next look at the counters' });
      try {
        const running = await onNodeControl(this.settings, this.plan.node, 'how far the copy is').copyProgress({
          uuid: this.plan.node.uuid,
          runKey: this.runKey,
        });
        await this.report({
          ...this.done,
          filesDone: this.done.filesDone + running.filesDone,
          bytesDone: Math.min(this.done.bytesTotal, this.done.bytesDone + running.bytesDone),
        });
      } catch (error) {
        if (isCancellation(error)) throw error; // a look that failed tells nothing; the copy itself says what is wrong
      }
    }
  }

  private async report(counters: CopyCounters): Promise<void> {
    this.progress.node(this.plan.node.address, counters);
    // A parent that has ended needs no figures.
    await this.parent
      ?.signal(nodeProgressSignal, { node: this.plan.node.address, counters: { ...counters } })
      .catch(() => undefined);
  }
}
