import type { Client } from '@temporalio/client';
import type { NodeProgress, Progress } from '../../contract';
import type { CopyHeartbeat } from '../../contract/internal';
import { readCopyHeartbeat } from '../../contract/internal/copy-heartbeat';
import { RateWindow } from './rate-window';

/** Between two reads of the pending activities: one request for the run and one for each node. */
const POLL_INTERVAL_MS = 2_000;

/** A batch, as a node worker's heartbeat describes it. */
interface PendingBatch extends CopyHeartbeat {
  activityId: string;
}

interface NodeFigures {
  /** The batches that are running. */
  batches: string;
  /** The run's count when they were first seen: everything before them. */
  filesBefore: number;
  bytesBefore: number;
  files: number;
  bytes: number;
}

/**
 * A workflow can't see heartbeats, so its own counters move only when a batch ends. This adds the progress of running
 * batches from their heartbeats, read from the pending activities of each node's run.
 */
export class HeartbeatFigures {
  private readonly nodes = new Map<string, NodeFigures>();
  private readonly rates = new Map<string, RateWindow>();
  private lookedAt = 0;

  constructor(
    private readonly temporal: Pick<Client, 'workflow'>,
    private readonly workflowId: string,
    private readonly now: () => number,
  ) {}

  /** The same progress with finer counters; unchanged if there are none. */
  async refine(progress: Progress): Promise<Progress> {
    if (progress.phase !== 'files' || progress.nodes.length === 0) return progress;
    if (this.now() - this.lookedAt >= POLL_INTERVAL_MS) {
      this.lookedAt = this.now();
      await this.look(progress).catch(() => undefined); // coarse figures are shown until the next look
    }
    return this.merged(progress);
  }

  private async look(progress: Progress): Promise<void> {
    const { raw } = await this.temporal.workflow.getHandle(this.workflowId).describe();
    for (const { workflowId } of raw.pendingChildren ?? []) {
      const node = progress.nodes.find(({ node: address }) => workflowId?.endsWith(`-${address}`));
      if (!node || !workflowId) continue;
      const child = await this.temporal.workflow.getHandle(workflowId).describe();
      this.note(node, (child.raw.pendingActivities ?? []).flatMap(pendingBatch));
    }
  }

  private note(node: NodeProgress, running: PendingBatch[]): void {
    const batches = running.map(({ activityId }) => activityId).join();
    const known = this.nodes.get(node.node);
    // The run's own counters already include a part of the running batch; a heartbeat with totals of the node is more
    // accurate.
    const ofNode = running.find((batch) => batch.ofNode)?.ofNode;
    if (ofNode) {
      const counters = { files: ofNode.filesDone, bytes: ofNode.bytesDone };
      this.nodes.set(node.node, { batches, filesBefore: 0, bytesBefore: 0, ...counters });
      return;
    }
    const before = known?.batches === batches ? known : { filesBefore: node.filesDone, bytesBefore: node.bytesDone };
    this.nodes.set(node.node, {
      batches,
      filesBefore: before.filesBefore,
      bytesBefore: before.bytesBefore,
      files: before.filesBefore + running.reduce((sum, batch) => sum + batch.filesDone, 0),
      bytes: before.bytesBefore + running.reduce((sum, batch) => sum + batch.bytesDone, 0),
    });
  }

  private merged(progress: Progress): Progress {
    const at = this.now();
    const nodes = progress.nodes.map((node) => {
      const fine = this.nodes.get(node.node);
      const bytesDone = Math.min(Math.max(fine?.bytes ?? 0, node.bytesDone), node.bytesTotal);
      const filesDone = Math.min(Math.max(fine?.files ?? 0, node.filesDone), node.filesTotal);
      const rate = this.rates.get(node.node) ?? new RateWindow();
      this.rates.set(node.node, rate);
      const bytesPerSecond = Math.round(rate.perSecond(bytesDone, at) ?? node.bytesPerSecond);
      return { ...node, filesDone, bytesDone, bytesPerSecond };
    });
    const rate = nodes.reduce((sum, node) => sum + node.bytesPerSecond, 0);
    const left = nodes.reduce((sum, node) => sum + node.bytesTotal - node.bytesDone, 0);
    const { etaSeconds: _told, ...rest } = progress;
    return { ...rest, nodes, ...(rate > 0 ? { etaSeconds: Math.round(left / rate) } : {}) };
  }
}

interface RawActivity {
  activityId?: string | null;
  heartbeatDetails?: { payloads?: { data?: Uint8Array | null }[] | null } | null;
}

/** Counters in the heartbeat of a copy; none for any other activity, or an encoding other than plain JSON. */
function pendingBatch({ activityId, heartbeatDetails }: RawActivity): PendingBatch[] {
  const read = readCopyHeartbeat(heartbeatDetails?.payloads?.[0]?.data);
  return read && activityId ? [{ activityId, ...read }] : [];
}
