import { CHANGES } from '../content/changes';
import { warned } from './backup';
import type { Chapter } from './chapter';
import { apiOf, comparedInPlace } from './restore';

/** `createSnapshot`, `restoreSnapshot` in place, `deleteSnapshot`; then what must be refused. */
export const snapshotsChapter: Chapter = async (world, { subjects }) => {
  const { steps } = world;
  for (const subject of subjects) {
    const { database, kind } = subject;
    const taken = await steps.run(
      'snapshots',
      `take a snapshot of the ${kind} database`,
      async () => await world.run('createSnapshot', { database }),
      ({ createdAt, expiresAt, warnings }) =>
        `of ${createdAt}${expiresAt ? `, until ${expiresAt}` : ''}${warned(warnings)}`,
    );
    const putBack = `put the ${kind} database back in place`;
    if (taken === undefined) {
      steps.notRun('snapshots', putBack, 'there is no snapshot of it');
      continue;
    }
    const { snapshotId } = taken;
    await steps.refusal(
      'snapshots',
      `put ${kind} back without confirming the loss`,
      { type: 'DataLossNotConfirmed' },
      async () => await world.run('restoreSnapshot', { snapshotId, confirm: `${apiOf(subject)}.other` }),
    );
    await CHANGES[apiOf(subject)](world, subject.name);
    const back = await steps.run(
      'snapshots',
      putBack,
      async () => await world.run('restoreSnapshot', { snapshotId, confirm: database }),
      ({ restoredTo, warnings }) => `to ${restoredTo}${warned(warnings)}`,
    );
    await comparedInPlace(world, 'snapshots', subject, back === undefined);
    await steps.run(
      'snapshots',
      `delete the snapshot of the ${kind} database`,
      async () => await world.run('deleteSnapshot', { snapshotId }),
    );
  }
  const snapshotId = '00000000-0000-4000-8000-00000000c0de';
  await steps.refusal(
    'snapshots',
    'delete a snapshot that nobody made',
    { type: 'NotFound' },
    async () => await world.run('deleteSnapshot', { snapshotId }),
  );
  const [first] = subjects;
  if (!first) return;
  await steps.refusal(
    'snapshots',
    'put back a snapshot that nobody made',
    { type: 'NotFound' },
    async () => await world.run('restoreSnapshot', { snapshotId, confirm: first.database }),
  );
};
