import { listBackups } from '../../src/repository';
import type { Act, Scenario } from './scenario';
import type { Operation } from './clockwork';
import { change, hold, retain, scrub, verify } from './keeper';
import { NEWEST, restore } from './reader';
import { forge } from './stranger';
import { running } from './running';
import { CLUSTER, Violation, type KnownBackup } from './witness';
import { DAY, isFailure, READS, Terminated, World, type Actor } from './world';
import { backUp } from './writer';

const HOUR = 3_600_000;
const CONTROL: Actor = { role: 'control', skewMs: 0 };
const AHEAD: Actor = { role: 'control', skewMs: HOUR };
const BEHIND: Actor = { role: 'control', skewMs: -HOUR };

/** What a run has seen, for figures. */
export interface Played {
  turns: number;
  ends: Record<string, number>;
  struck: Record<string, number>;
  trace: string[];
}

/** Plays a scenario, and then looks whether everything is as it must be. Fails with a `Violation`, or with a bug. */
export async function play(scenario: Scenario, { tracing = false } = {}): Promise<Played> {
  const world = new World(scenario.traits, scenario.order, tracing);
  running.world = world;
  try {
    await world.clockwork.drive(before(world, scenario.before));
    await world.clockwork.drive(everybody(world, scenario));
    await world.clockwork.drive(afterwards(world, scenario.ending));
  } catch (error) {
    if (error instanceof Error) Object.assign(error, { trace: world.clockwork.trace });
    throw error;
  } finally {
    running.world = undefined;
  }
  return {
    ...{ turns: world.clockwork.turns, ends: world.ends, struck: world.store.struck },
    trace: world.clockwork.trace,
  };
}

async function before(world: World, backups: number): Promise<void> {
  world.store.calm = true;
  for (let n = 0; n < backups; n += 1) {
    await backUp(world, CONTROL, world.newOperation('before', []));
    await world.clockwork.sleep(undefined, DAY);
    world.cluster.changes();
  }
  world.store.calm = false;
}

async function everybody(world: World, scenario: Scenario): Promise<void> {
  const { writer, reader, janitor, otherJanitor, verifier, people, accidents } = scenario;
  await Promise.all([
    lane(world, 'writer', writer, CONTROL),
    lane(world, 'reader', reader, AHEAD),
    lane(world, 'janitor', janitor, BEHIND),
    lane(world, 'other janitor', otherJanitor, AHEAD),
    lane(world, 'verifier', verifier, CONTROL),
    lane(world, 'people', people, BEHIND),
    lane(world, 'accidents', accidents, CONTROL),
  ]);
}

async function lane(world: World, name: string, acts: readonly Act[], actor: Actor): Promise<void> {
  for (const [i, act] of acts.entries()) {
    await world.clockwork.sleep(undefined, act.afterMs);
    const operation = world.newOperation(`${name} ${i + 1} (${act.what})`, act.troubles);
    try {
      await perform(world, act, { actor, operation });
    } catch (error) {
      if (!isFailure(error) && !(error instanceof Terminated)) throw error;
      world.count(`${act.what} failed`);
      if (['delete', 'retain'].includes(act.what) && (error as { type?: string }).type !== 'PromiseBroken')
        world.witness.unfinished += 1;
      world.clockwork.tell(undefined, `${operation.name} failed: ${(error as Error).message}`);
    }
  }
}

async function perform(
  world: World,
  { what, about }: Act,
  { actor, operation }: { actor: Actor; operation: Operation },
): Promise<void> {
  const begun = [...world.witness.begun];
  const backup = begun[begun.length - 1 - about];
  switch (what) {
    case 'backUp':
      await backUp(world, actor, operation);
      return;
    case 'change':
      world.cluster.changes();
      return;
    case 'retain':
      await retain(world, actor, operation);
      return;
    case 'scrub':
      await scrub(world, actor, operation);
      return;
    case 'restoreNewest':
      await restore(world, actor, operation, NEWEST);
      return;
    case 'rot':
    case 'lose':
      damage(world, what, about);
      return;
    case 'nothing':
      return;
  }
  if (backup === undefined) return;
  switch (what) {
    case 'restore':
      await restore(world, actor, operation, backup);
      return;
    case 'delete':
    case 'undelete':
      await change(world, actor, operation, { backup, what });
      return;
    case 'hold':
    case 'release':
      await hold(world, actor, operation, { backup, what: what === 'hold' ? 'held' : 'released' });
      return;
    case 'full':
    case 'sizes':
      await verify(world, actor, operation, { backup, level: what });
      return;
    case 'forge':
      if (world.traits.signed) forge(world, backup);
  }
}

/** Something of the data is altered, or removed by someone else. */
function damage(world: World, how: 'rot' | 'lose', which: number): void {
  const keys = world.memory.keys(`clusters/${CLUSTER}/backups/`).filter((key) => /\/(data|packs)\//.test(key));
  const key = keys[(which * 7) % Math.max(1, keys.length)];
  if (key === undefined) return;
  world.witness.damages(key);
  if (how === 'rot') world.memory.rots(key);
  else world.memory.loses(key);
  world.clockwork.tell(undefined, `${key}: ${how}`);
}

/** All is calm now: what must be so in the end. Of two ways to look, since each takes as long as all before. */
async function afterwards(world: World, ending: Scenario['ending']): Promise<void> {
  const { store, clockwork } = world;
  store.calm = true;
  await clockwork.sleep(undefined, HOUR);
  await listedAreThere(world);
  enoughAreLeft(world);
  if (ending === 'proved') await everythingIsProved(world);
  else await nothingIsLeft(world);
}

const operationOf = (world: World, name: string): Operation => world.newOperation(`afterwards: ${name}`, []);

/** What may fail when something is disturbed must not when nothing is. */
async function must<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isFailure(error)) throw error;
    throw new Violation(`${name} failed when all was calm: ${(error as Error).message}`);
  }
}

const kept = ({ witness }: World): KnownBackup[] =>
  [...witness.backups.values()].filter(({ id }) => [undefined, 'undeleted'].includes(witness.fateOf(id)));

async function listedAreThere(world: World): Promise<void> {
  const repository = { store: world.memory.open(), cluster: CLUSTER, trust: world.traits.signed ? READS : undefined };
  const listed = (await listBackups(repository)).filter(({ state }) => state === 'committed');
  const [names, known] = [listed.map(({ backupId }) => backupId), kept(world).map(({ id }) => id)];
  if (names.sort().join() !== known.sort().join())
    throw new Violation(`Listed as committed are ${names.join()}, and there are ${known.join()}.`);
}

/** Where listings are behind, nobody sees what another one deletes at the same moment. */
function enoughAreLeft({ witness, traits }: World): void {
  const tooFew = traits.late ? undefined : witness.tooFew(traits.minimumCopies);
  if (tooFew !== undefined) throw new Violation(tooFew);
}

const verified = async (world: World, backup: string): Promise<string[]> =>
  await must(`The verification of ${backup}`, async () =>
    verify(world, CONTROL, operationOf(world, 'verify'), { backup, level: 'full' }),
  );

async function restored(world: World, backup: string | { database: string }, id: string): Promise<void> {
  const found = await must(`The restore of ${id}`, async () =>
    restore(world, CONTROL, operationOf(world, 'restore'), backup),
  );
  if (found !== id) throw new Violation(`${found} was restored, and ${id} was asked for.`);
}

async function backedUp(world: World): Promise<{ id: string; uploadedBytes: number }> {
  const made = await backUp(world, CONTROL, operationOf(world, 'back up'));
  if ('committed' in made) return { id: made.id, uploadedBytes: made.committed.uploadedBytes };
  throw new Violation(`A backup failed when all was calm: ${String(made.failed)}`);
}

/** A verification finds what is damaged and nothing else; the next backup heals it; nothing changed uploads nothing. */
async function everythingIsProved(world: World): Promise<void> {
  const { clockwork, witness, traits } = world;
  await clockwork.sleep(undefined, 31 * DAY); // whatever was proved is read again
  for (const backup of kept(world)) {
    const problems = await verified(world, backup.id);
    const spoiled = witness.spoiledOf(backup);
    if (problems.length > 0 !== spoiled.length > 0)
      throw new Violation(
        `The verification of ${backup.id} found ${problems.length} problems, and ${spoiled.length} of its objects are spoiled (${spoiled[0] ?? problems[1]}).`,
      );
    if (spoiled.length === 0) await restored(world, backup.id, backup.id);
    await clockwork.sleep(undefined, 2_000);
  }
  const { id } = await backedUp(world);
  const [spoiled] = witness.backups.has(id) ? witness.spoiledOf(witness.backups.get(id) as KnownBackup) : ['all of it'];
  if (spoiled !== undefined) throw new Violation(`${id} refers to ${spoiled}, which is known to be damaged.`);
  await clockwork.sleep(undefined, 2 * HOUR);
  const again = await backedUp(world);
  // Of what is dated after the store's clock nothing is believed, and everything is uploaded.
  if (traits.temporalSkewMs > 0) return;
  if (again.uploadedBytes > 0)
    throw new Violation(`Nothing had changed since ${id}, and ${again.id} uploaded ${again.uploadedBytes} bytes.`);
  await restored(world, NEWEST, again.id);
}

/** What is deleted goes as a whole, and what stays is whole. */
async function nothingIsLeft(world: World): Promise<void> {
  const { clockwork, witness, traits } = world;
  // The sweep keeps what is deleted for as long as too few others are there: policies may have come after the deletion.
  for (let n = 0; n < traits.minimumCopies; n += 1) {
    await backedUp(world);
    await clockwork.sleep(undefined, 2 * HOUR);
  }
  for (const backup of witness.held())
    await must(`The release of ${backup}`, async () =>
      hold(world, CONTROL, operationOf(world, 'release'), { backup, what: 'released' }),
    );
  for (let round = 1; round <= ROUNDS; round += 1) {
    await must('Retention', async () => retain(world, CONTROL, operationOf(world, `retention ${round}`)));
    await clockwork.sleep(undefined, ROUND_DAYS * DAY);
  }
  enoughAreLeft(world);
  for (const id of witness.backups.keys())
    if (witness.fateOf(id) === 'deleted')
      throw new Violation(`${id} is deleted, and was not swept in ${ROUNDS * ROUND_DAYS} days.`);
  const [object] = witness.leftOver();
  if (object !== undefined) throw new Violation(`${object} is left for ever: nothing that is kept needs it.`);
  const [record] = witness.recordsLeft();
  if (record !== undefined) throw new Violation(`${record} is left for ever of what was swept.`);
  for (const backup of kept(world))
    if (witness.spoiledOf(backup).length === 0) await restored(world, backup.id, backup.id);
}

/** A backup that failed is deleted in the first, swept in the second; what only it kept follows. */
const [ROUNDS, ROUND_DAYS] = [4, 16];
