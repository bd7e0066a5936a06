import { setTimeout as sleep } from 'node:timers/promises';
import { databasesTogether } from '../../yugabyte';
import { makeWide } from '../content/make-wide';
import { TABLEGROUP } from '../content/wide-schema';
import { makeDatabase } from '../marked';
import { Difference, LeftOut } from '../steps';
import type { World } from '../world';
import type { Subject } from './chapter';

const GONE_WITHIN_MS = 30_000;
const POLL_MS = 500;

/** Whether this release restricts clusters with tablegroups, so that the wide database has none here. */
export const tablegroupApart = async ({ yugabyte }: World): Promise<boolean> =>
  !(await yugabyte.capabilities()).recoversBesideTablegroups;

/** A database with nothing but a tablegroup and a table in it; undefined if it could not be made. */
export async function makeGrouped(world: World): Promise<`ysql.${string}` | undefined> {
  const { sql, steps, token } = world;
  const name = world.name('grouped');
  return await steps.run('make', 'a database with a tablegroup', async () => {
    await makeDatabase(sql, name, { token, options: '' });
    const { leftOut, failed } = await makeWide(sql, name, [TABLEGROUP]);
    if (leftOut[0]) throw new LeftOut(leftOut[0].because);
    if (failed[0]) throw new Difference(failed[0].because);
    return `ysql.${name}` as const;
  });
}

/**
 * Some releases accept no snapshot schedule in a cluster with tablegroups. On these, checks that it is refused, then
 * drops the databases of this run that have one so that the chapter can run. Returns the databases to run it on; none
 * while a database of someone else has a tablegroup.
 */
export async function besideTablegroups(world: World, subjects: readonly Subject[]): Promise<readonly Subject[]> {
  const { steps, yugabyte } = world;
  if (!(await tablegroupApart(world))) return subjects;
  const grouped = async (): Promise<string[]> => databasesTogether(await yugabyte.http.dumpEntities(), 'tablegroup');
  const found = await grouped();
  if (found.length === 0) return subjects;
  for (const { database, kind } of subjects.filter((one) => one.kind !== 'colocated'))
    await steps.refusal(
      'pitr',
      `enable point-in-time recovery of the ${kind} database beside tablegroups`,
      { type: 'IncompatibleVersion' },
      async () => await world.run('enablePointInTimeRecovery', { database, every: '1 minute', keep: '1 hour' }),
    );
  const ours = found.filter((database) => world.made.has(database));
  const dropped = await steps.run(
    'pitr',
    'drop the databases of this run that have tablegroups',
    async () => {
      for (const database of ours) await yugabyte.api('ysql').drop(database.replace(/^ysql\./, ''));
      for (const giveUpAt = Date.now() + GONE_WITHIN_MS; ; await sleep(POLL_MS)) {
        const there = (await grouped()).filter((database) => ours.includes(database));
        if (there.length === 0) return true;
        if (Date.now() > giveUpAt) throw new Difference(`${there.join(', ')} still have tablegroups.`);
      }
    },
    () => ours.join(', '),
  );
  const others = found.filter((database) => !ours.includes(database));
  if (dropped && others.length === 0) return subjects;
  for (const { kind } of subjects)
    if (!dropped) steps.notRun('pitr', `recover the ${kind} database`, 'tablegroups are there');
    else steps.leftOut('pitr', `recover the ${kind} database`, `${others.join(', ')} have tablegroups`);
  return [];
}
