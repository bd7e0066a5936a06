import {
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  workflowInfo,
  defineSignal,
} from '@temporalio/workflow';
import type { Batch, CopyCounters, EarlierProgress, NodePlan, RunLimits } from '../../activities/internal-types';
import { chainTag, type Chain, LIMITS_SIGNAL } from '../../contract';
import type { Settings } from '../../contract/internal';
import { isNotPickedUp, signalInput } from '../run/failure';
import { shortStepOnNode } from '../run/policies';
import { RunProgress } from '../run/progress';

/** Changed limits of the whole operation, sent to the run of a node. */
export const limitsSignal = defineSignal<[RunLimits]>(LIMITS_SIGNAL);

/** Events in one run of a node; then it continues as new, even in the middle of a batch. */
const MAX_EVENTS = 2000;

/** Not an error: the next run repeats the unfinished batch, and finds what was copied. */
export class HistoryFull {}

/**
 * Runs the batches of one node, one activity each. The parent reads progress from the activities' heartbeats; no
 * signals are sent, so that its history doesn't grow with the bytes.
 */
export class BatchRunner {
  /** Identifies this run's copies on the node, for limits. */
  readonly runKey: string;
  limits: RunLimits;
  private readonly done: CopyCounters;
  private readonly progress: RunProgress;
  /** Version of the limits that the node has. */
  private sentVersion: number;
  private sending = false;

  constructor(
    private readonly settings: Settings,
    private readonly plan: NodePlan,
    chain: Chain,
    limits: RunLimits,
    subject: string,
    private readonly eventsAtMost = MAX_EVENTS,
    already: { files: number; bytes: number }[] = [],
  ) {
    this.runKey = `${chain.workflowId}/${chainTag(chain)}`;
    this.limits = limits;
    this.sentVersion = limits.version;
    this.done = {
      filesDone: already.reduce((sum, ref) => sum + ref.files, 0),
      filesTotal: plan.files,
      bytesDone: already.reduce((sum, ref) => sum + ref.bytes, 0),
      bytesTotal: plan.bytes,
    };
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
      (message) => {
        const changed = signalInput('limits', message) as RunLimits | undefined;
        if (!changed || changed.version <= this.limits.version) return;
        this.limits = changed;
        void this.sendLimits();
      },
      { description: 'New limits for the running copy.' },
    );
  }

  /** What the earlier batches have done. */
  get before(): EarlierProgress {
    return { files: this.done.filesDone, bytes: this.done.bytesDone };
  }

  /** Runs one batch. Throws `HistoryFull` when this run must continue as new first. */
  async run<R>(batch: Batch, work: () => Promise<R>): Promise<R> {
    if (this.isFull()) throw new HistoryFull();
    const watch = new CancellationScope();
    const full = watch.run(async () => {
      await condition(() => this.isFull());
      throw new HistoryFull();
    });
    try {
      const result = await Promise.race([this.inItsTurn(work), full]);
      this.done.filesDone += batch.work.files;
      this.done.bytesDone += batch.work.bytes;
      this.progress.node(this.plan.node.address, this.done);
      return result;
    } finally {
      watch.cancel();
      await full.catch(() => undefined);
    }
  }

  /** Runs the work and writes its end on the page. */
  async onPage<R>(work: () => Promise<R>): Promise<R> {
    try {
      const result = await work();
      this.progress.finish(`everything planned on ${this.plan.node.address} is done.`);
      return result;
    } catch (error) {
      if (!(error instanceof HistoryFull)) this.progress.stop(error);
      throw error;
    }
  }

  /**
   * A copy that no worker took in time keeps waiting while the node's worker answers: its queue is full of other runs'
   * copies. If the worker does not answer, the copy fails as it did.
   */
  private async inItsTurn<R>(work: () => Promise<R>): Promise<R> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isNotPickedUp(error) || !(await this.isThere())) throw error;
      }
    }
  }

  private async isThere(): Promise<boolean> {
    const { node } = this.plan;
    try {
      await shortStepOnNode(this.settings, node, `is ${node.address} there?`).describeNode(node);
      return true;
    } catch (error) {
      if (isCancellation(error)) throw error;
      return false;
    }
  }

  private isFull(): boolean {
    return workflowInfo().historyLength > this.eventsAtMost;
  }

  /** Sends the newest limits, one message at a time. A node that does not answer gets them with its next batch. */
  private async sendLimits(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    while (this.sentVersion < this.limits.version) {
      const { limits } = this;
      try {
        await shortStepOnNode(this.settings, this.plan.node, 'new limits').setRunLimits({
          uuid: this.plan.node.uuid,
          runKey: this.runKey,
          limits,
        });
      } catch (error) {
        if (isCancellation(error)) return;
      }
      this.sentVersion = limits.version;
    }
    this.sending = false;
  }
}
