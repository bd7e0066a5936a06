import type { Cluster } from '../../emulator/cluster';
import { RELEASE_NAMES, type Release } from '../../emulator/releases';
import { refusedForSchedule } from '../../emulator/ysql/schedule-refusals';

const SCHEDULE = '0d4b4935-2c95-4523-95ab-9ead1e95e794';
const DATABASES = [
  { oid: 16384, id: '00004000000030008000000000000000', name: 'ledger' },
  { oid: 16385, id: '00004001000030008000000000000000', name: 'Odd "name"' },
  { oid: 16386, id: '00004002000030008000000000000000', name: 'free' },
];

/** A cluster of a release whose first two databases have a schedule each. */
const clusterOf = (dialect: Release, covered = [16384, 16385]): Cluster =>
  ({
    options: { dialect },
    databases: { named: async (name: string) => await Promise.resolve(DATABASES.find((one) => one.name === name)) },
    schedules: { live: covered.map((databaseOid) => ({ id: SCHEDULE, databaseOid })) },
  }) as unknown as Cluster;

const asked = async (dialect: Release, text: string, database = 'ledger') =>
  await refusedForSchedule(clusterOf(dialect), { text, database });

/** The releases that refuse a statement. */
const refusing = async (text: string): Promise<Release[]> => {
  const refused: Release[] = [];
  for (const dialect of RELEASE_NAMES) if (await asked(dialect, text)) refused.push(dialect);
  return refused;
};

it.each([
  ['DROP DATABASE ledger', '2.14', '2026.1'],
  ['drop database if exists "Odd ""name""" with (force);', '2.14', '2026.1'],
  ['DROP TABLESPACE west', '2.14', '2026.1'],
  ['TRUNCATE entries', '2.14', '2.20'],
  ['truncate table only public.entries, others', '2.14', '2.20'],
] as const)('(24.9) %s is refused where there is a schedule, from %s to %s', async (text, first, last) => {
  expect(await refusing(text)).toEqual(
    RELEASE_NAMES.slice(RELEASE_NAMES.indexOf(first), RELEASE_NAMES.indexOf(last) + 1),
  );
});

it('(24.9) the refusals have the words and the SQLSTATE of the real cluster, and name the schedule', async () => {
  expect(await asked('2025.1', 'DROP DATABASE ledger')).toEqual({
    code: 'XX000',
    message: `Cannot delete database which has schedule: [id: ${SCHEDULE}], request: namespace { id: "00004000000030008000000000000000" name: "ledger" database_type: YQL_DATABASE_PGSQL } database_type: YQL_DATABASE_PGSQL: NAMESPACE_IS_NOT_EMPTY`,
  });
  expect(await asked('2025.1', 'DROP TABLESPACE west')).toMatchObject({
    code: '2BP01',
    message: expect.stringContaining('tablespace "west" cannot be dropped') as string,
  });
  expect(await asked('2.14', 'TRUNCATE entries')).toMatchObject({
    code: 'XX000',
    message: expect.stringContaining(`entries which has schedule: ${SCHEDULE}`) as string,
  });
});

it('(24.9) nothing is refused for other databases, tables of other databases, or in a cluster without schedules', async () => {
  for (const dialect of RELEASE_NAMES) {
    expect(await asked(dialect, 'DROP DATABASE free')).toBeUndefined();
    expect(await asked(dialect, 'DROP DATABASE missing')).toBeUndefined();
    expect(await asked(dialect, 'TRUNCATE entries', 'free')).toBeUndefined();
    expect(await asked(dialect, 'DROP TABLE entries')).toBeUndefined();
    expect(await asked(dialect, `SELECT 'DROP DATABASE ledger'`)).toBeUndefined();
    for (const text of ['DROP DATABASE ledger', 'DROP TABLESPACE west', 'TRUNCATE entries'])
      expect(await refusedForSchedule(clusterOf(dialect, []), { text, database: 'ledger' })).toBeUndefined();
  }
});
