import { KalpaFailure } from '../../client';
import { listSnapshots } from '../../yugabyte';
import { Difference } from '../steps';
import type { Started, World } from '../world';
import type { Chapter, Subject } from './chapter';

/** `backUpDatabase`: backs up each subject, then tries what must be refused. */
export const backupChapter: Chapter = async (world, { subjects, backups, grouped }) => {
  const { steps } = world;
  for (const { database, kind } of subjects) {
    const made = await steps.run(
      'backup',
      `back up the ${kind} database`,
      async () => await world.run('backUpDatabase', { database, fingerprint: 'full' }),
      ({ tables, tablets, files, warnings }) =>
        `${tables} tables, ${tablets} tablets, ${files} files${warned(warnings)}`,
    );
    if (made) backups.set(database, made.backupId);
  }
  await steps.refusal(
    'backup',
    'a database that does not exist',
    { type: 'NotFound' },
    async () => await world.run('backUpDatabase', { database: `ysql.${world.name('absent')}` }),
  );
  await steps.refusal(
    'backup',
    'a name without ysql. or ycql.',
    { type: 'InvalidInput', message: /database/ },
    async () => await world.run('backUpDatabase', { database: world.name('absent') }),
  );
  if (grouped) await backUpGrouped(world, grouped);
  const [first] = subjects;
  if (first) await twoAtOnce(world, first);
};

async function backUpGrouped(world: World, database: `ysql.${string}`): Promise<void> {
  const work = async () => await world.run('backUpDatabase', { database });
  const step = 'a database with a tablegroup';
  if ((await world.yugabyte.capabilities()).snapshotsTablegroups) await world.steps.run('backup', step, work);
  else await world.steps.refusal('backup', step, { type: 'IncompatibleVersion' }, work);
}

/** The second of two backups of a database is refused; the first is cancelled then, and leaves no snapshot. */
async function twoAtOnce(world: World, { database, kind }: Subject): Promise<void> {
  const { steps } = world;
  let first: Started<'backUpDatabase'> | undefined;
  await steps.refusal('backup', 'two at once, the second one not to wait', { type: 'DatabaseBusy' }, async () => {
    const starts = await Promise.allSettled(
      [1, 2].map(async () => await world.start('backUpDatabase', { database, whenBusy: 'fail' })),
    );
    const runs = starts.filter((start) => start.status === 'fulfilled').map(({ value }) => value);
    [first] = runs;
    const [unstarted] = starts.filter((start) => start.status === 'rejected');
    if (unstarted) throw unstarted.reason;
    const refused = await Promise.race(
      runs.map(async (run) => ({ run, reason: await run.result().then(() => undefined, asFailure) })),
    );
    first = runs.find((run) => run !== refused.run);
    if (refused.reason) throw refused.reason;
  });
  if (!first) return;
  const running = first;
  await steps.run(
    'backup',
    `cancel the backup of the ${kind} database that runs`,
    async () => {
      await running.cancel();
      const failure = await running.result().then(() => undefined, asFailure);
      if (failure && failure.type !== 'Cancelled') throw failure;
      const snapshots = await world.yugabyte.run(listSnapshots, { details: true });
      const left = snapshots.filter(
        ({ database: of, state }) => `${of?.api}.${of?.name}` === database && !/^DELET/.test(state),
      );
      if (left.length > 0)
        throw new Difference(`It left ${left.map(({ id, state }) => `${id} (${state})`).join(', ')}.`);
      return failure;
    },
    (failure) => (failure ? 'it left no snapshot' : 'it had ended before; no snapshot is left'),
  );
}

function asFailure(error: unknown): KalpaFailure {
  if (error instanceof KalpaFailure) return error;
  throw error;
}

/** Warnings don't count as differences, but a reader of the report wants to see them. */
export const warned = (warnings: readonly string[] = []): string =>
  warnings.length === 0 ? '' : `; warned: ${warnings.join(' · ')}`;
