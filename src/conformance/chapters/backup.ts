import { Difference } from '../steps';
import type { Chapter } from './chapter';
import { KalpaFailure } from '../../client';

/** `backUpDatabase`: backs up each subject, then tries what must be refused. */
export const backupChapter: Chapter = async (world, { subjects, backups }) => {
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
  const [first] = subjects;
  if (!first) return;
  await steps.refusal('backup', 'two at once, the second one not to wait', { type: 'DatabaseBusy' }, async () => {
    const both = await Promise.allSettled(
      [1, 2].map(async () => await world.run('backUpDatabase', { database: first.database, whenBusy: 'fail' })),
    );
    const failed = both.filter((one) => one.status === 'rejected');
    if (failed.length === 2)
      throw new Difference(`Both were refused: ${failed.map(({ reason }) => String(reason)).join('; ')}`);
    const [refused] = failed;
    if (refused) throw refused.reason instanceof KalpaFailure ? refused.reason : new Error(String(refused.reason));
  });
};

/** Warnings don't count as differences, but a reader of the report wants to see them. */
export const warned = (warnings: readonly string[] = []): string =>
  warnings.length === 0 ? '' : `; warned: ${warnings.join(' · ')}`;
