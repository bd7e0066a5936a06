import { makeChangeHold } from '../../src/activities/control/retention/change-hold';
import { makePlanRetention } from '../../src/activities/control/retention/plan-retention';
import { createVerificationActivities } from '../../src/activities/control/verification';
import { makeDeleteNamed, makeDeletePlanned, makeUndeleteNamed } from '../../src/activities/janitor/delete';
import { makeSweepRepository, type SweepRepositoryResult } from '../../src/activities/janitor/sweep-repository';
import type { ProofLevel } from '../../src/contract';
import type { Operation } from './clockwork';
import { DAY, type Actor, type World } from './world';

/** Who acts: the janitor deletes, a control worker decides and proves. */
const steps = (world: World, actor: Actor, workflow: string) => {
  const chain = world.newChain(workflow);
  return {
    chain,
    onControl: (name: string) => ({ actor: { ...actor, role: 'control' as const }, name, chain }),
    onJanitor: (name: string) => ({ actor: { ...actor, role: 'janitor' as const }, name, chain }),
    ends: (): void => {
      world.runs.set(chain.workflowId, 'COMPLETED');
      world.count(`${workflow} complete`);
    },
  };
};

/** The workflow `applyRetention`. */
export async function retain(world: World, actor: Actor, operation: Operation): Promise<SweepRepositoryResult> {
  const { chain, onControl, onJanitor, ends } = steps(world, actor, 'retention');
  const { plan } = await world.step(operation, onControl('planRetention'), async (dependencies) =>
    makePlanRetention(dependencies)({ chain }),
  );
  await world.step(operation, onJanitor('deletePlanned'), async (dependencies) =>
    makeDeletePlanned(dependencies)({ chain, plan }),
  );
  const swept = await world.step(operation, onJanitor('sweepRepository'), async (dependencies) =>
    makeSweepRepository(dependencies)(),
  );
  ends();
  return swept;
}

/** `deleteBackup` and `undeleteBackup`. */
export async function change(
  world: World,
  actor: Actor,
  operation: Operation,
  { backup, what }: { backup: string; what: 'delete' | 'undelete' },
): Promise<void> {
  const { chain, onJanitor, ends } = steps(world, actor, what);
  const named = { chain, backup, reason: 'the model' };
  await world.step(operation, onJanitor(`${what}Named`), async (dependencies) => {
    if (what === 'delete') await makeDeleteNamed(dependencies)(named);
    else await makeUndeleteNamed(dependencies)(named);
  });
  ends();
}

/** `holdBackup` and `releaseBackup`. */
export async function hold(
  world: World,
  actor: Actor,
  operation: Operation,
  { backup, what }: { backup: string; what: 'held' | 'released' },
): Promise<void> {
  const { chain, onControl, ends } = steps(world, actor, what);
  await world.step(operation, onControl('changeHold'), async (dependencies) =>
    makeChangeHold(dependencies)({ chain, backup, reason: 'the model', change: what }),
  );
  ends();
}

/** `verifyBackup`; returns what is wrong. */
export async function verify(
  world: World,
  actor: Actor,
  operation: Operation,
  { backup, level }: { backup: string; level: ProofLevel },
): Promise<string[]> {
  const { chain, onControl, ends } = steps(world, actor, 'verify');
  const plan = await world.step(operation, onControl('planVerification'), async (dependencies) =>
    createVerificationActivities(dependencies).planVerification({ chain, backup, level, provedWithinMs: 30 * DAY }),
  );
  for (let n = 1; n <= plan.batches.files; n += 1)
    await world.step(operation, onControl(`checkObjects ${n}`), async (dependencies) =>
      createVerificationActivities(dependencies).checkObjects({ chain, ...plan, n }),
    );
  const { problems } = await world.step(operation, onControl('recordVerification'), async (dependencies) =>
    createVerificationActivities(dependencies).recordVerification({ chain, plan }),
  );
  ends();
  return problems;
}

/** `scrubRepository`. */
export async function scrub(world: World, actor: Actor, operation: Operation): Promise<void> {
  const { chain, onControl, ends } = steps(world, actor, 'scrub');
  const { plannedAt, batches } = await world.step(operation, onControl('planScrub'), async (dependencies) =>
    createVerificationActivities(dependencies).planScrub({ chain, withinMs: 4 * DAY, everyMs: 2 * DAY }),
  );
  const bad: number[] = [];
  for (let n = 1; n <= batches.files; n += 1) {
    const found = await world.step(operation, onControl(`checkObjects ${n}`), async (dependencies) =>
      createVerificationActivities(dependencies).checkObjects({ chain, plannedAt, batches, n }),
    );
    if (found.bad > 0) bad.push(n);
  }
  if (bad.length > 0)
    await world.step(operation, onControl('recordScrub'), async (dependencies) =>
      createVerificationActivities(dependencies).recordScrub({ chain, plannedAt, batches, bad }),
    );
  ends();
}
