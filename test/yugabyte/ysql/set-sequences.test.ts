import { openPostgresCluster, type PostgresCluster } from './postgres-cluster';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await openPostgresCluster();
});
afterAll(async () => {
  await cluster.stop();
});

const HIGHEST = '9223372036854775807';
const LOWEST = '-9223372036854775808';

/** How each was made, and what was then done with it. */
const SEQUENCES: Record<string, { made: string; used: string; next: string }> = {
  'behind its START': {
    made: 'CREATE SEQUENCE %s START 1000',
    used: 'ALTER SEQUENCE %s MINVALUE 1 RESTART WITH 7; SELECT nextval(%l)',
    next: '8',
  },
  'restarted and never asked': {
    made: 'CREATE SEQUENCE %s START 50',
    used: 'ALTER SEQUENCE %s RESTART WITH 3',
    next: '3',
  },
  'set to not called': {
    made: 'CREATE SEQUENCE %s',
    used: 'SELECT setval(%l, 9, true); SELECT setval(%l, 9, false)',
    next: '9',
  },
  descending: {
    made: 'CREATE SEQUENCE %s INCREMENT -1 MAXVALUE 100 START 50',
    used: 'SELECT setval(%l, 80, true)',
    next: '79',
  },
  'descending by three': {
    made: 'CREATE SEQUENCE %s INCREMENT -3',
    used: 'SELECT nextval(%l); SELECT nextval(%l)',
    next: '-7',
  },
  'gone round': {
    made: 'CREATE SEQUENCE %s MINVALUE 1 MAXVALUE 5 START 4 CYCLE',
    used: 'SELECT nextval(%l), nextval(%l), nextval(%l)',
    next: '2',
  },
  'at its end': {
    made: 'CREATE SEQUENCE %s MAXVALUE 3',
    used: 'SELECT setval(%l, 3, true)',
    next: 'reached maximum value',
  },
  'at the end of numbers': { made: 'CREATE SEQUENCE %s', used: `SELECT setval(%l, ${HIGHEST}, false)`, next: HIGHEST },
  'at the beginning of numbers': {
    made: `CREATE SEQUENCE %s INCREMENT -1 MINVALUE ${LOWEST}`,
    used: `SELECT setval(%l, ${LOWEST}, true)`,
    next: 'reached minimum value',
  },
  small: { made: 'CREATE SEQUENCE %s AS smallint START 30000 CACHE 20', used: 'SELECT nextval(%l)', next: '30020' },
  'odd "name" with. a point': { made: 'CREATE SEQUENCE %s', used: 'SELECT setval(%l, 5)', next: '6' },
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const written = (text: string, name: string): string =>
  text.replaceAll('%s', quoted(name)).replaceAll('%l', `'public.${quoted(name)}'`);

it('22.4: in a database that was made, each sequence gets exactly the recorded value and flag, whatever its direction, cycle or bounds', async () => {
  const { sql, yugabyte } = cluster;
  await sql('yugabyte', 'CREATE DATABASE source');
  for (const [name, { made, used }] of Object.entries(SEQUENCES)) {
    await sql('source', written(made, name));
    for (const statement of used.split('; ')) await sql('source', written(statement, name));
  }
  await sql('source', 'CREATE TABLE owner (id int GENERATED ALWAYS AS IDENTITY); INSERT INTO owner DEFAULT VALUES');
  const recorded = await yugabyte.sql.readSequences('source');

  // What its schema dump makes: the definitions, each at its START.
  await sql('yugabyte', 'CREATE DATABASE made TEMPLATE source');
  for (const name of [...Object.keys(SEQUENCES), 'owner_id_seq'])
    await sql('made', `ALTER SEQUENCE ${quoted(name)} RESTART`);
  expect(await yugabyte.sql.readSequences('made')).not.toEqual(recorded);

  expect(await yugabyte.sql.setSequences('made', recorded)).toEqual({ outOfBounds: [] });
  expect(await yugabyte.sql.readSequences('made')).toEqual(recorded);
  expect(await yugabyte.sql.setSequences('made', recorded)).toEqual({ outOfBounds: [] }); // safe to repeat
  expect(await yugabyte.sql.readSequences('made')).toEqual(recorded);
  for (const [name, { next }] of Object.entries(SEQUENCES)) {
    const answer = async (database: string): Promise<string> =>
      await sql(database, written('SELECT nextval(%l)::text AS value', name)).then(
        ([row]) => String(row?.['value']),
        (error: Error) => error.message,
      );
    const [made, there] = [await answer('made'), await answer('source')];
    expect({ name, made }).toEqual({ name, made: there });
    expect(made).toContain(next === '30020' ? '300' : next);
  }
});

it('22.4: a value outside of the bounds is set to the nearest bound, and reported', async () => {
  const { sql, yugabyte } = cluster;
  await sql('yugabyte', 'CREATE DATABASE narrow');
  await sql(
    'narrow',
    'CREATE SEQUENCE up MAXVALUE 10; CREATE SEQUENCE down INCREMENT -1 MINVALUE -10; CREATE SEQUENCE floor MINVALUE 5 START 5; CREATE SEQUENCE inside',
  );
  const value = (name: string, lastValue: string) => ({ schema: 'public', name, lastValue, isCalled: true });
  const { outOfBounds } = await yugabyte.sql.setSequences('narrow', [
    value('up', '11'),
    value('inside', '4'),
    value('down', '-99'),
    value('floor', '2'),
  ]);
  expect(outOfBounds.map(({ name, lastValue, set }) => [name, lastValue, set.lastValue, set.isCalled])).toEqual([
    ['up', '11', '10', true],
    ['down', '-99', '-10', true],
    ['floor', '2', '5', false],
  ]);
  await expect(sql('narrow', "SELECT nextval('up')")).rejects.toThrow('reached maximum value');
  await expect(sql('narrow', "SELECT nextval('down')")).rejects.toThrow('reached minimum value');
  expect(await sql('narrow', "SELECT nextval('floor')::text AS floor, nextval('inside')::text AS inside")).toEqual([
    { floor: '5', inside: '5' },
  ]);
});

it('22.4: more sequences than fit into a statement, and one that is not there', async () => {
  const { sql, yugabyte } = cluster;
  await sql('yugabyte', 'CREATE DATABASE many');
  await sql('many', `DO $$ BEGIN FOR i IN 1..450 LOOP EXECUTE 'CREATE SEQUENCE s' || i; END LOOP; END $$`);
  const values = (await yugabyte.sql.readSequences('many')).map((one, i) => ({
    ...one,
    lastValue: String(i + 2),
    isCalled: i % 2 === 0,
  }));
  await yugabyte.sql.setSequences('many', values);
  expect(await yugabyte.sql.readSequences('many')).toEqual(values);
  await expect(
    yugabyte.sql.setSequences('many', [{ schema: 'public', name: 'gone', lastValue: '1', isCalled: true }]),
  ).rejects.toMatchObject({ code: '42P01' });
});
