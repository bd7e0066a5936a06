import { CHANGES } from '../content/changes';
import { warned } from './backup';
import type { Chapter } from './chapter';
import { apiOf, compared, comparedInPlace } from './restore';
import { besideTablegroups } from './tablegroups';

/**
 * `enablePointInTimeRecovery`, a copy as of a moment, a rewind in place, `disablePointInTimeRecovery`; then what must
 * be refused.
 */
export const pitrChapter: Chapter = async (world, { subjects }) => {
  const { steps, yugabyte } = world;
  for (const subject of await besideTablegroups(world, subjects)) {
    const { database, kind, name } = subject;
    await steps.refusal(
      'pitr',
      `disable what ${kind} does not have`,
      { type: 'NotFound' },
      async () => await world.run('disablePointInTimeRecovery', { database }),
    );
    if (kind === 'colocated' && !(await yugabyte.capabilities()).recoversColocated) {
      await steps.refusal(
        'pitr',
        `enable point-in-time recovery of the ${kind} database`,
        { type: 'IncompatibleVersion' },
        async () => await world.run('enablePointInTimeRecovery', { database, every: '1 minute', keep: '1 hour' }),
      );
      continue;
    }
    const enabled = await steps.run(
      'pitr',
      `enable point-in-time recovery of the ${kind} database`,
      async () => await world.run('enablePointInTimeRecovery', { database, every: '1 minute', keep: '1 hour' }),
      ({ every, keep, warnings }) => `every ${every}, kept ${keep}${warned(warnings)}`,
    );
    if (enabled === undefined) {
      steps.notRun('pitr', `recover the ${kind} database`, 'it has no schedule');
      continue;
    }
    await steps.refusal(
      'pitr',
      `${kind} to a moment before its window`,
      { type: 'OutsideRecoveryWindow' },
      async () =>
        await world.run('recoverToPointInTime', { database, to: '2020-01-01T00:00:00Z', confirmDataLoss: database }),
    );
    const moment = instantOf(await yugabyte.sql.readClock());
    await CHANGES[apiOf(subject)](world, name);
    await steps.refusal(
      'pitr',
      `rewind ${kind} without confirming the loss`,
      { type: 'DataLossNotConfirmed' },
      async () => await world.run('recoverToPointInTime', { database, to: moment }),
    );
    const as = world.name(`${kind}_then`, apiOf(subject));
    const copied = await steps.run(
      'pitr',
      `a copy of the ${kind} database of that moment`,
      async () => await world.run('recoverToPointInTime', { database, to: moment, as }),
      ({ recoveredTo, mode, warnings }) => `${mode} of ${recoveredTo}${warned(warnings)}`,
    );
    if (copied) await compared(world, 'pitr', subject, as, false, { sequencesGoOn: true });
    const rewound = await steps.run(
      'pitr',
      `rewind the ${kind} database in place`,
      async () => await world.run('recoverToPointInTime', { database, to: moment, confirmDataLoss: database }),
      ({ recoveredTo, invalidIndexes, warnings }) =>
        `to ${recoveredTo}${invalidIndexes.length > 0 ? `, invalid: ${invalidIndexes.join(', ')}` : ''}${warned(warnings)}`,
    );
    await comparedInPlace(world, 'pitr', subject, rewound === undefined);
    await steps.run(
      'pitr',
      `disable point-in-time recovery of the ${kind} database`,
      async () => await world.run('disablePointInTimeRecovery', { database }),
    );
  }
};

/** In whole milliseconds: nothing is written between reading the content and changing it. */
const instantOf = (micros: string): string => new Date(Number(micros) / 1000).toISOString();
