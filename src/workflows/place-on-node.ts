import { continueAsNew } from '@temporalio/workflow';
import type { RestorableBackup } from '../activities/control/lookup/find-backup';
import type { Batch, NodePlan, RunLimits } from '../activities/internal-types';
import type { Chain } from '../contract';
import type { Settings } from '../contract/internal';
import { BatchRunner, HistoryFull } from './copy/batch-runner';
import { internalInput } from './run/failure';
import { onNode } from './run/policies';

/** Ahead of backups on the same node's queue. */
const RESTORE_PRIORITY = 1;

export interface PlaceOnNodeInput {
  settings: Settings;
  plan: NodePlan;
  backup: RestorableBackup;
  chain: Chain;
  /** The imported snapshot under whose id the files are placed. */
  snapshotId: string;
  limits: RunLimits;
  /** First batch that earlier runs of this chain have not placed. */
  from: number;
  /** For each run's history; absent: as many as replay well. */
  eventsAtMost?: number;
}

/** Places one node's replicas, batch by batch: temporary name, hash, fsync, rename. */
export async function placeOnNode(given: PlaceOnNodeInput): Promise<void> {
  const input = internalInput('placeOnNode', given) as PlaceOnNodeInput;
  const { settings, plan, backup } = input;
  const already = plan.batches.slice(0, input.from).map((batch) => batch.work);
  const subject = `Restore of ${backup.backupId}`;
  const runner = new BatchRunner(settings, plan, input.chain, input.limits, subject, input.eventsAtMost, already);
  let next = input.from;
  try {
    await runner.onPage(async () => {
      for (let batch = plan.batches[next]; batch; batch = plan.batches[next]) {
        await placeBatch(runner, input, batch);
        next += 1;
      }
    });
  } catch (error) {
    if (!(error instanceof HistoryFull)) throw error;
    await continueAsNew<typeof placeOnNode>({ ...input, limits: runner.limits, from: next });
  }
}

async function placeBatch(runner: BatchRunner, input: PlaceOnNodeInput, batch: Batch): Promise<void> {
  const { settings, plan, snapshotId } = input;
  const { runKey, limits, before } = runner;
  const place = onNode(
    settings,
    plan.node,
    `place ${batch.tablets} tablets (${batch.work.files} files) on ${plan.node.address}`,
    { priorityKey: RESTORE_PRIORITY, bytes: batch.work.bytes, bytesPerSecond: limits.bytesPerSecond },
  );
  const attemptToken = input.chain.firstExecutionRunId.slice(-6);
  await runner.run(batch, () =>
    place.placeTablets({ uuid: plan.node.uuid, snapshotId, batch, runKey, limits, before, attemptToken }),
  );
}
