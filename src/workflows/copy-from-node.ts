import { continueAsNew } from '@temporalio/workflow';
import type { CopyTabletsResult } from '../activities/node/copy-tablets';
import type {
  BackupIdentity,
  Batch,
  MissedReplicas,
  NodePlan,
  ReuseProblems,
  RunLimits,
  SegmentRef,
} from '../activities/internal-types';
import type { Settings } from '../contract/internal';
import { BatchRunner, HistoryFull } from './copy/batch-runner';
import { internalInput, isTimeout, failureType, reasonOf } from './run/failure';
import { onNode } from './run/policies';

const BACKUP_PRIORITY = 4;

export interface CopyFromNodeInput {
  settings: Settings;
  plan: NodePlan;
  backup: BackupIdentity;
  snapshotId: string;
  limits: RunLimits;
  /** The file lists that earlier runs of this chain have written. */
  segments: SegmentRef[];
  missed: MissedReplicas[];
  reuse?: ReuseProblems;
  /** For each run's history; absent: as many as replay well. */
  eventsAtMost?: number;
}

export interface CopyFromNodeResult {
  uuid: string;
  /** Address of the node. */
  node: string;
  segments: SegmentRef[];
  missed: MissedReplicas[];
  reuse?: ReuseProblems;
}

/**
 * Copies one node's share of a snapshot, batch by batch. If the node is unavailable, its tablets are returned as
 * missed.
 */
export async function copyFromNode(given: CopyFromNodeInput): Promise<CopyFromNodeResult> {
  const input = internalInput('copyFromNode', given) as CopyFromNodeInput;
  const { settings, plan, backup } = input;
  const runner = new BatchRunner(
    settings,
    plan,
    backup.chain,
    input.limits,
    `Backup ${backup.backupId}`,
    input.eventsAtMost,
    input.segments,
  );
  const segments = [...input.segments];
  const missed = [...input.missed];
  let { reuse } = input;
  const left: Batch[] = [...plan.batches];
  let away: string | undefined;
  const copyAll = async (): Promise<CopyFromNodeResult> => {
    for (let batch = left[0]; batch; batch = left[0]) {
      try {
        if (away !== undefined) throw new UnreachableNode(away);
        const copied = await copyBatch(runner, input, batch);
        if (copied.segment) segments.push(copied.segment);
        if (copied.missed) missed.push(copied.missed);
        reuse = together(reuse, copied.reuse);
      } catch (error) {
        const lost = error instanceof UnreachableNode || isTimeout(error) || failureType(error) === 'NodeUnavailable';
        if (!lost) throw error;
        away = error instanceof UnreachableNode ? error.reason : reasonOf(error);
        missed.push({
          work: batch.work,
          tablets: batch.tablets,
          reason: `${plan.node.address} is unavailable: ${away}`,
        });
      }
      left.shift();
    }
    return { uuid: plan.node.uuid, node: plan.node.address, segments, missed, ...(reuse ? { reuse } : {}) };
  };
  try {
    return await runner.onPage(copyAll);
  } catch (error) {
    if (!(error instanceof HistoryFull)) throw error;
    return await continueAsNew<typeof copyFromNode>({
      ...input,
      plan: { ...plan, batches: left },
      limits: runner.limits,
      segments,
      missed,
      ...(reuse ? { reuse } : {}),
    });
  }
}

async function copyBatch(runner: BatchRunner, input: CopyFromNodeInput, batch: Batch): Promise<CopyTabletsResult> {
  const { settings, plan, backup, snapshotId } = input;
  const { runKey, limits, before } = runner;
  const copy = onNode(
    settings,
    plan.node,
    `copy ${batch.tablets} tablets (${batch.work.files} files) from ${plan.node.address}`,
    { priorityKey: BACKUP_PRIORITY, bytes: batch.work.bytes, bytesPerSecond: limits.bytesPerSecond },
  );
  return await runner.run(batch, () =>
    copy.copyTablets({ uuid: plan.node.uuid, backup, snapshotId, batch, runKey, limits, before }),
  );
}

/** Some of each kind are named; the number covers all. */
const MAX_NAMED = 5;

function together(a: ReuseProblems | undefined, b: ReuseProblems | undefined): ReuseProblems | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const named = (x: string[], y: string[]): string[] => [...new Set([...x, ...y])].slice(0, MAX_NAMED);
  return {
    gone: a.gone + b.gone,
    goneFrom: named(a.goneFrom, b.goneFrom),
    unreadable: named(a.unreadable, b.unreadable),
    withoutBirthTimes: a.withoutBirthTimes || b.withoutBirthTimes,
  };
}

/** The node was found to be unavailable in an earlier batch; it is not asked again. */
class UnreachableNode {
  constructor(readonly reason: string) {}
}
