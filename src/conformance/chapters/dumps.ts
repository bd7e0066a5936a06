import { warned } from './backup';
import type { Chapter } from './chapter';
import { apiOf, compared } from './restore';

/**
 * `dumpDatabase` and `loadDump` of each subject, `dumpCluster` for the roles; then what must be refused. Other
 * databases are not dumped.
 */
export const dumpsChapter: Chapter = async (world, { subjects }) => {
  const { steps } = world;
  for (const subject of subjects) {
    const { database, kind } = subject;
    const dumped = await steps.run(
      'dumps',
      `dump the ${kind} database`,
      async () => await world.run('dumpDatabase', { database }),
      ({ tables, rows, warnings }) => `${tables} tables, ${rows} rows${warned(warnings)}`,
    );
    const as = world.name(`${kind}_loaded`, apiOf(subject));
    if (dumped === undefined) {
      steps.notRun('dumps', `load the dump of the ${kind} database`, 'there is no dump of it');
      continue;
    }
    const { dumpId: dump } = dumped;
    const loaded = await steps.run(
      'dumps',
      `load the dump of the ${kind} database`,
      async () => await world.run('loadDump', { dump, as }),
      ({ tables, rows, warnings }) => `${tables} tables, ${rows} rows${warned(warnings)}`,
    );
    // As it is now: a rewind leaves its sequences ahead of what they were at first.
    const now = { ...subject, content: await subject.read(subject.name) };
    await compared(world, 'dumps', now, as, loaded === undefined);
    await steps.refusal('dumps', `load ${kind} under a name that is taken`, { type: 'AlreadyExists' }, async () => {
      await world.run('loadDump', { dump, as: subject.name });
    });
  }
  await steps.run(
    'dumps',
    'dump the roles of the cluster',
    async () => await world.run('dumpCluster', { api: 'ysql', rolesOnly: true }),
    ({ files, warnings }) => `${files} files${warned(warnings)}`,
  );
  const [first] = subjects;
  if (!first) return;
  await steps.refusal('dumps', 'a dump that does not exist', { type: 'NotFound' }, async () => {
    await world.run('loadDump', { dump: `${first.database}-dump-20200101T000000Z-abcdef`, as: world.name('never') });
  });
};
