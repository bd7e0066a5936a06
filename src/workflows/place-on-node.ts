import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { RestorableBackup } from '../activities/control/find-backup';
import type { NodePlan, RunLimits } from '../activities/shapes';
import type { Chain, Settings } from '../contract';
import { BatchRunner } from './batch-runner';
import { onNode } from './policies';

const EVENTS_AT_MOST = 2000;
/** Before backups on the same node's queue. */
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
}

/** Places one node's replicas, batch by batch: temporary name, hash, fsync, rename. */
export async function placeOnNode(input: PlaceOnNodeInput): Promise<void> {
  const { settings, plan, backup, snapshotId } = input;
  const already = plan.batches.slice(0, input.from).map((batch) => batch.work);
  const runner = new BatchRunner(settings, plan, input.chain, input.limits, `restore of ${backup.backupId}`, already);
  for (let next = input.from; next < plan.batches.length; next += 1) {
    if (workflowInfo().historyLength > EVENTS_AT_MOST)
      await continueAsNew<typeof placeOnNode>({ ...input, limits: runner.limits, from: next });
    const batch = plan.batches[next];
    if (!batch) break;
    const place = onNode(
      settings,
      plan.node,
      `place ${batch.tablets} tablets (${batch.work.files} files) on ${plan.node.address}`,
      RESTORE_PRIORITY,
    );
    await runner.run(batch, async () => {
      await place.placeTablets({
        uuid: plan.node.uuid,
        snapshotId,
        batch,
        runKey: runner.runKey,
        limits: runner.limits,
        attemptToken: input.chain.firstExecutionRunId.slice(-6),
      });
    });
  }
}
