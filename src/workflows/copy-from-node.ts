import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { BackupIdentity } from '../activities/control/open-backup';
import type { Batch, MissedTablet, NodePlan, RunLimits, SegmentRef } from '../activities/shapes';
import type { Settings } from '../contract';
import { BatchRunner } from './batch-runner';
import { isTimeout, failureType, reasonOf } from './failure';
import { onNode } from './policies';

const EVENTS_AT_MOST = 2000;
const BACKUP_PRIORITY = 4;

export interface CopyFromNodeInput {
  settings: Settings;
  plan: NodePlan;
  backup: BackupIdentity;
  snapshotId: string;
  limits: RunLimits;
  /** What earlier runs of this chain have copied. */
  segments: SegmentRef[];
  missed: MissedTablet[];
}

export interface CopyFromNodeResult {
  uuid: string;
  segments: SegmentRef[];
  missed: MissedTablet[];
}

/** Copies one node's share of a snapshot, batch by batch. A node that is away hands its tablets back as missed. */
export async function copyFromNode(input: CopyFromNodeInput): Promise<CopyFromNodeResult> {
  const { settings, plan, backup, snapshotId } = input;
  const runner = new BatchRunner(
    settings,
    plan,
    backup.chain,
    input.limits,
    `backup ${backup.backupId}`,
    input.segments,
  );
  const segments = [...input.segments];
  const missed = [...input.missed];
  const left: Batch[] = [...plan.batches];
  let away: string | undefined;
  while (left.length > 0) {
    if (workflowInfo().historyLength > EVENTS_AT_MOST) {
      await continueAsNew<typeof copyFromNode>({
        ...input,
        plan: { ...plan, batches: left },
        limits: runner.limits,
        segments,
        missed,
      });
    }
    const batch = left.shift() as Batch;
    const copy = onNode(
      settings,
      plan.node,
      `copy ${batch.tablets} tablets (${batch.work.files} files) from ${plan.node.address}`,
      BACKUP_PRIORITY,
    );
    try {
      if (away !== undefined) throw new NodeAway(away);
      const copied = await runner.run(
        batch,
        async () =>
          await copy.copyTablets({
            uuid: plan.node.uuid,
            backup,
            snapshotId,
            batch,
            runKey: runner.runKey,
            limits: runner.limits,
          }),
      );
      if (copied.segment) segments.push(copied.segment);
      missed.push(...copied.missed);
    } catch (error) {
      const lost = error instanceof NodeAway || isTimeout(error) || failureType(error) === 'NodeUnavailable';
      if (!lost) throw error;
      away = error instanceof NodeAway ? error.reason : reasonOf(error);
      const { tablets } = await runner.tabletsOf(batch);
      missed.push(...tablets.map((tablet) => ({ tablet, reason: `${plan.node.address} is away: ${away ?? ''}` })));
    }
  }
  return { uuid: plan.node.uuid, segments, missed };
}

/** The node was found away in an earlier batch; it is not asked again. */
class NodeAway {
  constructor(readonly reason: string) {}
}
