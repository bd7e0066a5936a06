import { sleep, type ApplicationFailure } from '@temporalio/workflow';
import type { NodePlan } from '../../activities/internal-types';
import { failure } from '../run/failure';
import { notedStep } from '../run/noted-step';
import { longStep, shortStep, shortStepOnNode } from '../run/policies';
import { onEveryNode } from '../copy/fan-out';
import { placeOnNode } from '../place-on-node';
import type { Imported } from './import-backup';
import type { Restore } from './open-restore';

/** How often replicas may have moved; beyond that the cluster is not calm enough. */
const MAX_MOVES = 5;
/** Pauses grow, but only up to this fraction of the deadline. */
const PAUSES_PER_PHASE = 8;

/**
 * Places the files of each old tablet on **every** replica of its new tablet, read replicas too, with the load balancer
 * off. Replicas are listed again afterwards; those that moved meanwhile get their files too, until two listings are
 * equal. Faults 51, 52, 53, 59, 60.
 */
export async function placeFiles(restore: Restore, imported: Imported): Promise<void> {
  const { settings, progress, backup } = restore;
  progress.enter('files');
  await progress.during('Switching the balancer off.', () => holdBalancer(restore));
  const giveUpAt = Date.now() + settings.timing.phaseDeadline;
  /** The replicas when the last round began. */
  let tried: string | undefined;
  let unplaced: UnplacedReplica[] = [];
  let moves = 0;
  let pauseMs = settings.timing.retryPause;
  for (let round = 1; ; round += 1) {
    const plan = await progress.during('Looking for the new replicas.', () =>
      longStep(settings, 'every replica of every new tablet').planPlacement({ backup, imported, round }),
    );
    const moved = tried !== undefined && tried !== plan.replicas;
    if (tried !== undefined && !moved && unplaced.length === 0) return;
    if (moved) moves += 1;
    if (moves > MAX_MOVES) throw tabletsKeptMoving(restore);
    // If nothing moved, only the nodes that lack something are visited again: a long wait costs no more history than
    // that.
    const lacking = new Set(unplaced.map(({ uuid }) => uuid));
    const plans = tried === plan.replicas ? plan.nodes.filter(({ node }) => lacking.has(node.uuid)) : plan.nodes;
    await placeOnNodes(restore, imported, { plans, round });
    unplaced = await unplacedFiles(restore, imported, plans);
    tried = plan.replicas;
    const [first] = unplaced;
    if (!first) continue;
    if (Date.now() > giveUpAt) throw placementFailed(restore, first.text);
    const between = pauseMs;
    await progress.during(`${first.text} The replicas are listed again.`, () => sleep(between));
    pauseMs = Math.min(pauseMs * 2, settings.timing.phaseDeadline / PAUSES_PER_PHASE);
  }
}

async function holdBalancer(restore: Restore): Promise<void> {
  const { guardians, settings } = restore;
  const balancer = await shortStep(settings, 'is the balancer on?').readLoadBalancer();
  if (!balancer.enabled) return;
  await notedStep(restore, { key: 'balancer', undo: { kind: 'loadBalancer' } }, () =>
    shortStep(settings, 'balancer off while files land').setLoadBalancer({
      guarded: guardians.guarded(),
      enabled: false,
    }),
  );
}

async function placeOnNodes(
  { guardians, settings, progress, backup, limits }: Restore,
  { snapshotId }: Imported,
  { plans, round }: { plans: NodePlan[]; round: number },
): Promise<void> {
  await onEveryNode({
    settings,
    progress,
    limits,
    plans,
    child: placeOnNode,
    part: `place-${round}`,
    summary: ({ node, batches }) =>
      `place ${batches.reduce((sum, batch) => sum + batch.tablets, 0)} tablets on ${node.address}`,
    input: (plan) => ({
      settings,
      plan,
      backup,
      chain: guardians.guarded().chain,
      snapshotId,
      limits: limits.current,
      from: 0,
    }),
    done: (_, plan) => plan,
  });
}

interface UnplacedReplica {
  uuid: string;
  /** A sentence. */
  text: string;
}

/** Each replica that is not as it should be. */
async function unplacedFiles(
  { settings }: Restore,
  { snapshotId }: Imported,
  plans: NodePlan[],
): Promise<UnplacedReplica[]> {
  const checks = plans.map(async ({ node, batches }) => {
    const unplaced = await shortStepOnNode(settings, node, `names and sizes on ${node.address}`).verifyPlaced({
      uuid: node.uuid,
      snapshotId,
      batches,
    });
    return unplaced.map(({ tablet, problem }) => ({
      uuid: node.uuid,
      text: `Tablet ${tablet} on ${node.address} is not as it was placed: ${problem}.`,
    }));
  });
  return (await Promise.all(checks)).flat();
}

function tabletsKeptMoving({ scratchName }: Restore): ApplicationFailure {
  return failure(
    'RestoreFailed',
    `The replicas of ${scratchName} kept moving: after ${MAX_MOVES} rounds of placing files they had moved again. Nothing was restored; wait until replicas no longer move, then start the restore again.`,
  );
}

function placementFailed({ settings }: Restore, unplaced: string): ApplicationFailure {
  return failure(
    'RestoreFailed',
    `${unplaced} That lasted longer than phaseDeadline (${Math.round(settings.timing.phaseDeadline / 1000)} s). Nothing was restored; check that tserver, then start the restore again.`,
  );
}
