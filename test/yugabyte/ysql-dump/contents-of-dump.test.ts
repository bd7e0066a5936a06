import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SnapshotTable } from '../../../src/yugabyte/snapshot-file';
import { compareDumpWithSnapshot } from '../../../src/yugabyte/ysql-dump/contents/compare-with-snapshot';
import { needsOfDump } from '../../../src/yugabyte/ysql-dump/contents/needs-of-dump';
import { relationsOfDump } from '../../../src/yugabyte/ysql-dump/contents/relations-of-dump';
import { rolesToCreate } from '../../../src/yugabyte/ysql-dump/contents/roles-of-dump';

const fixture = (path: string): string => readFileSync(join(__dirname, '../../fixtures/ysql-dump', path), 'utf8');
const table = (name: string, kind: SnapshotTable['kind'] = 'table', schema = 'public'): SnapshotTable => ({
  id: name,
  name,
  schema,
  kind,
  colocated: false,
  hidden: false,
  columns: [],
});

describe('what a schema dump needs', () => {
  it('2.6', () =>
    expect(needsOfDump(fixture('2.6/schema.sql'))).toEqual({
      roles: ['app_owner', 'reader', 'yugabyte'],
      tablespaces: [],
      extensions: [],
    }));
  it('2025.1', () =>
    expect(needsOfDump(fixture('2025.1/schema.sql'))).toEqual({
      roles: ['Odd Role', 'app_owner', 'reader', 'yugabyte'],
      tablespaces: ['fast_disks'],
      extensions: ['pgcrypto'],
    }));
});

describe('relations with storage in a schema dump', () => {
  it('2.6', () =>
    expect(relationsOfDump(fixture('2.6/schema.sql'))).toEqual([
      { schema: 'public', name: 't1', kind: 'table', primaryKey: false },
      { schema: 'public', name: 't1_idx', kind: 'index', primaryKey: false },
    ]));

  it('2025.1', () =>
    expect(
      relationsOfDump(fixture('2025.1/schema.sql')).map(({ schema, name, kind }) => `${kind} ${schema}.${name}`),
    ).toEqual([
      'table public.t1',
      'partitionedTable public.measured',
      'table public.measured_2026',
      'matview odd schema.totals',
      'index public.t1_name_key',
      'partitionedIndex public.measured_value',
      'index public.measured_2026_value',
    ]));

  it('those behind constraints that PostgreSQL adds by ALTER TABLE', () =>
    expect(
      relationsOfDump(`CREATE TABLE s.t (a int);
        ALTER TABLE ONLY s.t ADD CONSTRAINT t_pkey PRIMARY KEY (a);
        ALTER TABLE ONLY s.t ADD CONSTRAINT "T key" UNIQUE (a);
        ALTER TABLE ONLY s.t ADD CONSTRAINT t_check CHECK (a > 0);
        ALTER TABLE ONLY s.t ADD CONSTRAINT t_fkey FOREIGN KEY (a) REFERENCES s.u(a);
        CREATE INDEX old ON s.t (a); ALTER TABLE s.t ADD CONSTRAINT renamed UNIQUE USING INDEX old;
        CREATE TEMP TABLE x (a int); CREATE FOREIGN TABLE f (a int) SERVER y; CREATE VIEW v AS SELECT 1;`),
    ).toEqual([
      { schema: 's', name: 't', kind: 'table', primaryKey: false },
      { schema: 's', name: 't_pkey', kind: 'index', primaryKey: true },
      { schema: 's', name: 'T key', kind: 'index', primaryKey: false },
      { schema: 's', name: 'renamed', kind: 'index', primaryKey: false },
    ]));
});

describe('dump against snapshot', () => {
  const dumped = relationsOfDump(fixture('2025.1/schema.sql'));
  const snapshot = [
    table('t1'),
    table('measured_2026'),
    table('totals', 'matview', 'odd schema'),
    table('t1_name_key', 'index'),
    table('measured_2026_value', 'index'),
  ];

  it('agrees with and without rows for partitioned parents and primary keys', () => {
    expect(compareDumpWithSnapshot(dumped, snapshot).equal).toBe(true);
    expect(
      compareDumpWithSnapshot(dumped, [...snapshot, table('measured'), table('measured_value', 'index')]).equal,
    ).toBe(true);
  });

  it('notices a table that is in only one of the two', () => {
    expect(compareDumpWithSnapshot(dumped, [...snapshot, table('later')])).toMatchObject({
      equal: false,
      missingInDump: [{ schema: 'public', name: 'later' }],
    });
    expect(compareDumpWithSnapshot(dumped, snapshot.slice(1))).toMatchObject({
      equal: false,
      missingInSnapshot: [{ schema: 'public', name: 't1' }],
    });
    expect(compareDumpWithSnapshot(dumped, [...snapshot.slice(1), table('t1', 'table', 'other')]).equal).toBe(false);
  });

  it('does not expect hidden tables, colocation parents, or what an extension created', () => {
    const more = [
      ...snapshot,
      { ...table('dropped'), hidden: true },
      table('x.colocated.parent.uuid', 'colocationParent', ''),
      table('spatial_ref_sys'),
    ];
    expect(compareDumpWithSnapshot(dumped, more, [{ schema: 'public', name: 'spatial_ref_sys' }]).equal).toBe(true);
  });
});

describe('a dump of roles', () => {
  const dump = fixture('2025.1/roles.sql');

  const beginnings = (text: string): string[] =>
    text
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(0, 4).join(' '));

  it('is cut down to the missing roles and the memberships between them', () => {
    const { sql, warnings } = rolesToCreate(dump, { missing: ['reader', 'app_owner'], there: ['yugabyte'] });
    expect(beginnings(sql)).toEqual([
      'CREATE ROLE app_owner;',
      'ALTER ROLE app_owner WITH',
      'CREATE ROLE reader;',
      'ALTER ROLE reader WITH',
      'COMMENT ON ROLE reader',
      'GRANT reader TO app_owner',
    ]);
    expect(warnings).toEqual([
      'yugabyte existed before and was not changed; in the backup it is a member of app_owner. To make it one: GRANT app_owner TO yugabyte GRANTED BY yugabyte;',
    ]);
  });

  const members = `CREATE ROLE m_app;
ALTER ROLE m_app WITH LOGIN;
CREATE ROLE m_boss;
CREATE ROLE m_readers;
ALTER ROLE m_app IN DATABASE other SET work_mem TO '1MB';
GRANT m_readers TO m_app WITH ADMIN OPTION GRANTED BY m_boss;
GRANT old TO m_readers GRANTED BY old;
GRANT gone TO m_app GRANTED BY old;
GRANT m_readers TO old, "Old er";
GRANT gone TO old;
`;
  it('22.6: a grantor that does not exist here is left out, and reported', () => {
    const { sql, warnings } = rolesToCreate(members, { missing: ['m_app', 'm_readers'], there: ['old', 'Old er'] });
    expect(sql).toBe(`CREATE ROLE m_app;
ALTER ROLE m_app WITH LOGIN;
CREATE ROLE m_readers;
GRANT m_readers TO m_app WITH ADMIN OPTION;
GRANT old TO m_readers GRANTED BY old;
`);
    expect(warnings).toEqual([
      expect.stringMatching(/^The membership of m_app in m_readers was granted by m_boss, which does not exist here/),
      'm_app is a member of gone in the backup and was not made one: there is no role gone here.',
      'old, Old er existed before and was not changed; in the backup it is a member of m_readers. To make it one: GRANT m_readers TO old, "Old er";',
    ]);
  });

  it('22.6: a grantor that is created too is kept', () =>
    expect(rolesToCreate(members, { missing: ['m_app', 'm_readers', 'm_boss'], there: ['old'] }).sql).toContain(
      'GRANT m_readers TO m_app WITH ADMIN OPTION GRANTED BY m_boss;\n',
    ));

  const fixtureOf2025 = fixture('2025.1/globals.sql');
  it('24.6: memberships in roles that are there are granted again, and a profile only where it is there', () => {
    const there = ['yugabyte', 'postgres', 'pg_read_all_settings'];
    const made = (profiles: string[]) => rolesToCreate(fixtureOf2025, { missing: ['clerk'], there, profiles });
    const without = made([]);
    expect(without.sql).toContain('GRANT pg_read_all_settings TO clerk WITH ADMIN OPTION GRANTED BY yugabyte;');
    expect(without.sql).not.toMatch(/PROFILE/);
    expect(without.warnings).toEqual([
      'clerk has the login profile careful in the backup and was not given it: there is no such profile here, and a backup contains none. To give it one: CREATE PROFILE, then ALTER ROLE clerk PROFILE careful;',
    ]);
    expect(made(['careful'])).toEqual({
      sql: expect.stringContaining('ALTER ROLE clerk PROFILE careful;\n') as string,
      warnings: [],
    });
    const older = rolesToCreate(fixtureOf2025, { missing: ['clerk'], there: ['yugabyte'] });
    expect(older.sql).not.toMatch(/GRANT/);
    expect(older.warnings[0]).toBe(
      'clerk is a member of pg_read_all_settings in the backup and was not made one: there is no role pg_read_all_settings here.',
    );
    // The form of a build of 2.27.
    const other = 'CREATE ROLE clerk;\nALTER ROLE clerk WITH PROFILE careful;\nALTER ROLE clerk WITH LOGIN;\n';
    expect(rolesToCreate(other, { missing: ['clerk'], there: [] }).sql).toBe(
      'CREATE ROLE clerk;\nALTER ROLE clerk WITH LOGIN;\n',
    );
  });

  it('22.6: an attempt after a killed one makes what is left, with the attributes and memberships of all', () =>
    expect(rolesToCreate(members, { missing: ['m_app', 'm_readers'], there: ['m_app', 'm_boss', 'old'] }).sql).toBe(
      `ALTER ROLE m_app WITH LOGIN;
CREATE ROLE m_readers;
GRANT m_readers TO m_app WITH ADMIN OPTION GRANTED BY m_boss;
GRANT old TO m_readers GRANTED BY old;
`,
    ));
});
