import { setTimeout as sleep } from 'node:timers/promises';
import { KalpaFailure } from '../../client';
import { BACKUP_PHASES } from '../../contract';
import { listSnapshots } from '../../yugabyte';
import { Difference } from '../steps';
import type { Started, World } from '../world';
import type { Chapter, Subject } from './chapter';

const POLL_MS = 200;

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
  let running: Started<'backUpDatabase'> | undefined;
  await steps.refusal('backup', 'two at once, the second one not to wait', { type: 'DatabaseBusy' }, async () => {
    running = await world.start('backUpDatabase', { database });
    await untilItsSnapshot(running);
    await world.run('backUpDatabase', { database, whenBusy: 'fail' });
  });
  const first = running;
  if (!first) return;
  await steps.run(
    'backup',
    `cancel the backup of the ${kind} database that runs`,
    async () => {
      await first.cancel();
      const failure = await first.result().then(() => undefined, asFailure);
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

/** Until its lock is held and its snapshot is being taken, or it has ended. */
async function untilItsSnapshot(run: Started<'backUpDatabase'>): Promise<void> {
  const ended = run.result().then(
    () => true,
    () => true,
  );
  for (;;) {
    const { phase } = await run.progress().catch(() => ({ phase: '' })); // its worker may be busy
    if (BACKUP_PHASES.some((one) => one === phase && one !== 'preflight')) return;
    if (await Promise.race([ended, sleep(POLL_MS, false)])) return;
  }
}

function asFailure(error: unknown): KalpaFailure {
  if (error instanceof KalpaFailure) return error;
  throw error;
}

/** Warnings don't count as differences, but a reader of the report wants to see them. */
export const warned = (warnings: readonly string[] = []): string =>
  warnings.length === 0 ? '' : `; warned: ${warnings.join(' · ')}`;
