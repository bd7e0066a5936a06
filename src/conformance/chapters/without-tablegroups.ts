import { setTimeout as sleep } from 'node:timers/promises';
import { databasesTogether } from '../../yugabyte';
import { DROP_TABLEGROUP } from '../content/wide-schema';
import { Difference } from '../steps';
import type { World } from '../world';
import type { Subject } from './chapter';

const GONE_WITHIN_MS = 30_000;
const POLL_MS = 500;

/**
 * Some releases accept no snapshot schedule in a cluster with tablegroups. On these, checks that it is refused, then
 * drops the tablegroups of this run so that the chapter can run. Returns the databases to run it on, with their content
 * by then; none while a database of someone else has a tablegroup.
 */
export async function withoutTablegroups(world: World, subjects: readonly Subject[]): Promise<Subject[]> {
  const { steps, yugabyte } = world;
  if ((await yugabyte.capabilities()).recoversBesideTablegroups) return [...subjects];
  const grouped = async (): Promise<string[]> => databasesTogether(await yugabyte.http.dumpEntities(), 'tablegroup');
  const found = await grouped();
  if (found.length === 0) return [...subjects];
  for (const { database, kind } of subjects.filter((one) => one.kind !== 'colocated'))
    await steps.refusal(
      'pitr',
      `enable point-in-time recovery of the ${kind} database beside tablegroups`,
      { type: 'IncompatibleVersion' },
      async () => await world.run('enablePointInTimeRecovery', { database, every: '1 minute', keep: '1 hour' }),
    );
  const ours = found.filter((database) => world.made.has(database));
  const left = await steps.run(
    'pitr',
    'drop the tablegroups of this run',
    async () => {
      const contents = await dropTablegroups(world, ours, subjects);
      for (const giveUpAt = Date.now() + GONE_WITHIN_MS; ; await sleep(POLL_MS)) {
        const there = (await grouped()).filter((database) => ours.includes(database));
        if (there.length === 0) return subjects.map((one) => ({ ...one, ...contents.get(one.name) }));
        if (Date.now() > giveUpAt) throw new Difference(`${there.join(', ')} still have tablegroups.`);
      }
    },
    () => ours.join(', '),
  );
  const others = found.filter((database) => !ours.includes(database));
  if (left !== undefined && others.length === 0) return left;
  for (const { kind } of subjects)
    if (left === undefined) steps.notRun('pitr', `recover the ${kind} database`, 'tablegroups are there');
    else steps.leftOut('pitr', `recover the ${kind} database`, `${others.join(', ')} have tablegroups`);
  return [];
}

/**
 * Drops copies entirely, but only the tablegroup of the databases that the chapters work on. Returns the content of
 * these by name.
 */
async function dropTablegroups(
  { sql, yugabyte }: World,
  databases: readonly string[],
  subjects: readonly Subject[],
): Promise<Map<string, Pick<Subject, 'content'>>> {
  const contents = new Map<string, Pick<Subject, 'content'>>();
  for (const database of databases) {
    const subject = subjects.find((one) => one.database === database);
    if (!subject) {
      await yugabyte.api('ysql').drop(database.replace(/^ysql\./, ''));
      continue;
    }
    const { name } = subject;
    for (const statement of DROP_TABLEGROUP)
      await sql.use(name, 'drop the tablegroup', async (query) => await query(statement), { mutates: true });
    contents.set(name, { content: await subject.read(name) });
  }
  return contents;
}
