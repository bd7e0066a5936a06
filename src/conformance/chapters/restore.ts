import { differences, sizeOf } from '../content/content';
import { Difference } from '../steps';
import type { World } from '../world';
import { warned } from './backup';
import type { Chapter, Subject } from './chapter';

/** `restoreDatabase`: restores each backup under a new name and compares everything; then what must be refused. */
export const restoreChapter: Chapter = async (world, { subjects, backups }) => {
  const { steps } = world;
  for (const subject of subjects) {
    const { database, kind } = subject;
    const backup = backups.get(database);
    const step = `restore the ${kind} database beside the original`;
    if (backup === undefined) {
      steps.notRun('restore', step, 'there is no backup of it');
      continue;
    }
    const as = world.name(`${kind}_restored`, apiOf(subject));
    const restored = await steps.run(
      'restore',
      step,
      async () => await world.run('restoreDatabase', { backup, as, verify: 'full' }),
      ({ verified, warnings }) =>
        `${verified.level}: ${verified.tablesChecked} tables, ${verified.rowsChecked} rows${warned(warnings)}`,
    );
    await compared(world, 'restore', subject, as, restored === undefined);
    await steps.refusal('restore', `a name that is taken (${kind})`, { type: 'AlreadyExists' }, async () => {
      await world.run('restoreDatabase', { backup, as: subject.name });
    });
  }
  const [first] = subjects;
  const backup = first && backups.get(first.database);
  if (first === undefined || backup === undefined) return;
  const as = world.name('never');
  await steps.refusal('restore', 'a backup that does not exist', { type: 'NotFound' }, async () => {
    await world.run('restoreDatabase', { backup: `${first.database}-20200101T000000Z-abcdef`, as });
  });
  await steps.refusal(
    'restore',
    'a moment before the history of the backup',
    { type: 'OutsideRecoveryWindow' },
    async () => {
      await world.run('restoreDatabase', { backup, as, to: '2020-01-01T00:00:00Z' });
    },
  );
  await steps.refusal('restore', 'another manifest than the one named', { type: 'ManifestInvalid' }, async () => {
    await world.run('restoreDatabase', { backup, as, manifestSha256: '0'.repeat(64) });
  });
};

export const apiOf = ({ database }: Subject): 'ysql' | 'ycql' => (database.startsWith('ycql.') ? 'ycql' : 'ysql');

/** Compares a copy with what the original contained; a step of its own. */
export async function compared(
  world: World,
  chapter: string,
  subject: Subject,
  copy: string,
  notMade: boolean,
  more: { sequencesGoOn?: boolean } = {},
): Promise<void> {
  const suffix = copy.replace(/^kalpa_conformance_[0-9a-f]+_/, '');
  await comparedAs(world, { chapter, step: `compare ${suffix} row by row`, subject, name: copy, notMade, ...more });
}

/** Compares a database that was put back in place with what it contained at first. */
export async function comparedInPlace(
  world: World,
  chapter: string,
  subject: Subject,
  notMade: boolean,
): Promise<void> {
  const step = `compare the ${subject.kind} database itself row by row`;
  await comparedAs(world, { chapter, step, subject, name: subject.name, notMade, sequencesGoOn: true });
}

async function comparedAs(
  world: World,
  of: { chapter: string; step: string; subject: Subject; name: string; notMade: boolean; sequencesGoOn?: boolean },
): Promise<void> {
  const { chapter, step, subject, name, notMade, sequencesGoOn = false } = of;
  if (notMade) {
    world.steps.notRun(chapter, step, 'it was not made');
    return;
  }
  await world.steps.run(
    chapter,
    step,
    async () => {
      const found = await subject.read(name);
      const differ = differences(subject.content, found, { sequencesGoOn });
      if (differ.length > 0) throw new Difference(`${differ.length} differences: ${differ.slice(0, 20).join('; ')}`);
      return found;
    },
    sizeOf,
  );
}
