import { failure } from '../failure';
import { control, onNodeControl, patient } from '../policies';
import { onEveryNode } from '../fan-out';
import { placeOnNode } from '../place-on-node';
import type { Imported } from './import-backup';
import type { Restore } from './open-restore';

/** The replicas must be the same before and after placing; after so many moves the cluster is not calm enough. */
const ROUNDS_AT_MOST = 5;

/**
 * Puts the files of each old tablet on **every** replica of its new tablet, read replicas too, with the balancer off.
 * Replicas are listed again afterwards; what moved meanwhile gets its files too, until two listings are equal.
 */
export async function placeFiles(restore: Restore, imported: Imported): Promise<void> {
  const { guardian, guardians, settings, progress, backup, limits } = restore;
  progress.enter('files', 'Switching the balancer off and looking for the new replicas.');
  const balancer = await control(settings, 'is the balancer on?').readLoadBalancer();
  if (balancer.enabled) {
    await guardian.note('balancer', { kind: 'loadBalancer' });
    await control(settings, 'balancer off while files land').setLoadBalancer({
      guarded: guardians.guarded(),
      enabled: false,
    });
  }
  let placed: string | undefined;
  for (let round = 1; round <= ROUNDS_AT_MOST; round += 1) {
    const plan = await patient(settings, 'every replica of every new tablet').planPlacement({
      backup,
      imported,
      round,
    });
    if (plan.replicas === placed) return;
    await onEveryNode({
      settings,
      progress,
      limits,
      plans: plan.nodes,
      child: placeOnNode,
      part: `place-${round}`,
      summary: ({ node, batches }) =>
        `place ${batches.reduce((sum, batch) => sum + batch.tablets, 0)} tablets on ${node.address}`,
      input: (nodePlan) => ({
        settings,
        plan: nodePlan,
        backup,
        chain: guardians.guarded().chain,
        snapshotId: imported.snapshotId,
        limits: limits.current,
        from: 0,
      }),
    });
    placed = plan.replicas;
    await Promise.all(
      plan.nodes.map(async ({ node, batches }) => {
        await onNodeControl(settings, node, `names and sizes on ${node.address}`).verifyPlaced({
          uuid: node.uuid,
          snapshotId: imported.snapshotId,
          batches,
        });
      }),
    );
  }
  throw failure(
    'RestoreFailed',
    `The replicas of ${restore.scratchName} kept moving: after ${ROUNDS_AT_MOST} rounds of placing files they were still not where they were before. Nothing was restored; wait until the cluster is calm, then start the restore again.`,
  );
}
