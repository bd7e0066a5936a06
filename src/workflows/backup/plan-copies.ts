import { isCancellation, sleep } from '@temporalio/workflow';
import type { PlanCopiesResult } from '../../activities/control/backup/plan-copies';
import type { ListRef, NodePlan, NodeRef, TriedReplicas } from '../../activities/internal-types';
import { reasonOf } from '../run/failure';
import { longStep, shortStepOnNode } from '../run/policies';
import type { Backup } from './open-backup';
import { SnapshotGone } from './snapshot-gone';
import type { ConsistentSnapshot } from './take-consistent-snapshot';

/**
 * Chooses one eligible replica for each tablet: each node lists what it has of the snapshot, and the plan takes
 * complete, RUNNING replicas, spread over the nodes. After failures only the remaining tablets are planned, on other
 * replicas.
 */
export async function planCopies(
  backup: Backup,
  snapshot: ConsistentSnapshot,
  tried: TriedReplicas[] = [],
  round = 1,
): Promise<{ nodes: NodePlan[]; bases: string[] }> {
  const { progress } = backup;
  progress.enter('files');
  return await progress.during('Looking for the snapshot on every node.', async () => {
    const { plan, silent } = await planWhatIsListed(backup, snapshot, tried, round);
    for (const { address, reason } of silent)
      backup.warn(`${address} could not list its replicas, others are used: ${reason}`);
    // A later round would report the same ones.
    if (round === 1)
      for (const reason of plan.passedOver) backup.warn(`No file of an earlier backup was referred to. ${reason}`);
    if (plan.without > 0) {
      const named = plan.named.slice(0, 3).map(({ tablet, reason }) => `${tablet} (${reason})`);
      throw new SnapshotGone(
        `${plan.without} of ${plan.tablets} tablets of ${backup.request.database} have no replica that holds snapshot ${snapshot.snapshotId}: ${named.join(', ')}`,
        plan.named.map(({ tablet }) => tablet),
      );
    }
    return { nodes: plan.nodes, bases: plan.bases };
  });
}

/** A node that is up but could not list its replicas is asked this many times before the snapshot is given up. */
const MAX_LISTING_ATTEMPTS = 3;

/**
 * The listing of each node, and the plan over them. If a tablet has no replica and some node could not list its own, or
 * has come back, the nodes are asked again: taking another snapshot costs more, and meets the same nodes.
 */
async function planWhatIsListed(
  backup: Backup,
  snapshot: ConsistentSnapshot,
  tried: TriedReplicas[],
  round: number,
): Promise<{ plan: PlanCopiesResult; silent: SilentNode[] }> {
  const { settings } = backup;
  for (let attempt = 1; ; attempt += 1) {
    const nodes = await backup.nodes.survey();
    const answers = await Promise.all(nodes.map(async (node) => await listReplicas(backup, node, snapshot, round)));
    const silent = answers.filter((answer) => 'reason' in answer);
    const plan = await longStep(settings, 'one replica for each tablet').planCopies({
      backup: backup.identity,
      tablets: snapshot.tablets,
      listings: answers.filter((answer) => 'listing' in answer),
      tried,
      round,
      incremental: backup.request.incremental !== 'no',
    });
    if (plan.without === 0 || attempt === MAX_LISTING_ATTEMPTS) return { plan, silent };
    const isBack = await backup.nodes.isBack();
    if (isBack) continue;
    if (silent.length === 0) return { plan, silent };
    await sleep(settings.timing.retryPauseMax);
  }
}

/** A node whose worker answers, but which could not list its replicas. */
interface SilentNode {
  address: string;
  reason: string;
}

async function listReplicas(
  backup: Backup,
  node: NodeRef,
  snapshot: ConsistentSnapshot,
  round: number,
): Promise<{ node: NodeRef; listing: ListRef } | SilentNode> {
  const at = { uuid: node.uuid, address: node.address };
  try {
    const { listing } = await shortStepOnNode(
      backup.settings,
      node,
      `what ${node.address} holds of the snapshot`,
    ).listReplicas({
      uuid: node.uuid,
      backup: backup.identity,
      snapshotId: snapshot.snapshotId,
      tablets: snapshot.tablets,
      round,
    });
    return { node: at, listing };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { address: node.address, reason: reasonOf(error) };
  }
}
