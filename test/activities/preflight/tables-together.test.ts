import { checkTablesTogether } from '../../../src/activities/control/pitr/check-tables-together';
import type { Checks } from '../../../src/activities/control/preflight/checks';
import { databasesTogether, type Entities } from '../../../src/yugabyte';
import { capabilitiesOf } from '../../../src/yugabyte/releases';

const ID = '00004000000030008000000000000000';
const keyspaces = ['old', 'new', 'grouped', 'plain'].map((name) => ({ id: name, name, api: 'ysql' as const }));
const table = (keyspaceId: string, id: string) => ({ id, name: 't', keyspaceId });
const entities = {
  keyspaces,
  tables: [
    table('old', `${ID}.colocated.parent.uuid`),
    table('new', `${ID}.colocation.parent.uuid`),
    table('grouped', `${ID}.tablegroup.parent.uuid`),
    { ...table('plain', ID), name: 'x.colocation.parent.tablename' }, // a name is anybody's
  ],
  tablets: [],
} as unknown as Entities;

function refusals(database: string, release: string, found = entities): string[] {
  const added: string[] = [];
  const checks = { add: (type: string, text: string) => added.push(`${type}: ${text}`) } as unknown as Checks;
  checkTablesTogether(checks, database, { entities: found, release: capabilitiesOf(release) });
  return added;
}

describe('24.8: tables that share tablets, and point-in-time recovery', () => {
  it('reports them by the ids of their parent tables', () => {
    expect(databasesTogether(entities, 'colocated')).toEqual(['ysql.old', 'ysql.new']);
    expect(databasesTogether(entities, 'tablegroup')).toEqual(['ysql.grouped']);
  });

  it.each(['2.6.20.0', '2.12.12.0'])(
    'a colocated database of %s is refused, with its source and what to do',
    (release) => {
      const alone = { ...entities, tables: entities.tables.slice(0, 1) };
      expect(refusals('ysql.old', release, alone)).toEqual([
        expect.stringMatching(/^IncompatibleVersion: ysql\.old is colocated, .*#8259.*kalpa backup/),
      ]);
      expect(refusals('ysql.plain', release, alone)).toEqual([]);
    },
  );

  it.each(['2.14.17.0', '2.16.9.0'])(
    'in %s it can be rewound, but no database can be while any has a tablegroup',
    (release) => {
      const [one, ...more] = refusals('ysql.plain', release);
      expect([one, more]).toEqual([expect.stringMatching(/^IncompatibleVersion: ysql\.grouped has .*#11924/), []]);
      expect(refusals('ycql.keyspace', release)).toEqual([one]);
      expect(refusals('ysql.old', release, { ...entities, tables: entities.tables.slice(0, 2) })).toEqual([]);
    },
  );

  it.each(['2.18.9.0', '2025.1.1.0'])('in %s nothing is refused', (release) => {
    expect(refusals('ysql.old', release)).toEqual([]);
    expect(refusals('ysql.grouped', release)).toEqual([]);
  });
});
