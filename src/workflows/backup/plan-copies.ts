import type { ListRef, NodePlan, NodeRef, TriedReplicas } from '../../activities/shapes';
import { reasonOf } from '../run/failure';
import { longStep, shortStepOnNode } from '../run/policies';
import { surveyNodes } from '../run/survey-nodes';
import type { Backup } from './open-backup';
import { SnapshotGone } from './snapshot-gone';
import type { ConsistentSnapshot } from './take-consistent-snapshot';

/**
 * One eligible replica for each tablet: each node lists what it holds of the snapshot, and the plan takes whole and
 * RUNNING replicas, spread over the nodes. After failures only the tablets left are planned, on other replicas.
 */
export async function planCopies(
  backup: Backup,
  snapshot: ConsistentSnapshot,
  tried: TriedReplicas[] = [],
  round = 1,
): Promise<{ nodes: NodePlan[]; bases: string[] }> {
  const { settings, progress } = backup;
  progress.enter('files');
  return await progress.during('Looking for the snapshot on every node.', async () => {
    const nodes = await surveyNodes(settings);
    const listings = await Promise.all(
      nodes.filter((node) => node.worker).map(async (node) => await listReplicas(backup, node, snapshot, round)),
    );
    const plan = await longStep(settings, 'one replica for each tablet').planCopies({
      backup: backup.identity,
      tablets: snapshot.tablets,
      listings: listings.filter((listing) => listing !== undefined),
      tried,
      round,
      incremental: backup.request.incremental !== 'no',
    });
    // A later round meets the same ones.
    if (round === 1)
      for (const reason of plan.passedOver) backup.warn(`Of an earlier backup no file was referred to. ${reason}`);
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

async function listReplicas(
  backup: Backup,
  node: NodeRef,
  snapshot: ConsistentSnapshot,
  round: number,
): Promise<{ node: NodeRef; listing: ListRef } | undefined> {
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
    backup.warn(`${node.address} could not list its replicas, others are used: ${reasonOf(error)}`);
    return undefined;
  }
}
