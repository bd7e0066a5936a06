import { ddlSince } from '../../src/activities/control/pitr/ddl-since';
import {
  listSnapshots,
  listTables,
  type ListedSchedule,
  type ListSnapshotsInput,
  type Yugabyte,
} from '../../src/yugabyte';

const MOMENT = '1763776800000000';
const at = (seconds: number): string => String(BigInt(MOMENT) + BigInt(seconds) * 1_000_000n);

/**
 * Snapshots of the schedule by id, each so many seconds from the moment, and the tables of each; `listed`: those that
 * the masters still have. `hidden`: dropped tables that a snapshot keeps.
 */
function masters(
  taken: Record<string, { seconds: number; tables: string[] }>,
  now: string[],
  listed?: string[],
  hidden: string[] = [],
) {
  const there = listed ?? Object.keys(taken);
  const row = (id: string): { id: string; name: string } => ({ id, name: id.split(' ')[0] ?? '' });
  const yugabyte = {
    run: async (command: unknown, { tablesOf = [] }: ListSnapshotsInput) => {
      if (command === listTables) return await Promise.resolve([...now, 'elsewhere'].map((id) => ({ id })));
      expect(command).toBe(listSnapshots);
      const chosen = tablesOf.find((id) => there.includes(id));
      return await Promise.resolve(
        there.map((id) => ({ id, ...(id === chosen ? { tables: taken[id]?.tables.map(row) } : {}) })),
      );
    },
    http: {
      dumpEntities: async () =>
        await Promise.resolve({
          keyspaces: [
            { id: 'k', name: 'orders', api: 'ysql' },
            { id: 'other', name: 'orders', api: 'ycql' },
          ],
          tables: [
            ...[...now, ...hidden].map((id) => ({ ...row(id), keyspaceId: 'k' })),
            { id: 'elsewhere', name: 'elsewhere', keyspaceId: 'other' },
          ],
          tablets: [],
        }),
    },
  } as unknown as Yugabyte;
  const snapshots = Object.entries(taken).map(([id, { seconds }]) => ({ id, snapshotMicros: at(seconds) }));
  const schedule = { id: 's', snapshots } as unknown as ListedSchedule;
  return ddlSince(yugabyte, { database: 'ysql.orders', schedule, micros: MOMENT }, new AbortController().signal);
}

it('reports what was created, dropped and rewritten since the newest snapshot at or before the moment', async () => {
  const tables = ['kept', 'gone', 'rewritten (old)'];
  const taken = {
    long: { seconds: -200, tables: [] },
    before: { seconds: -100, tables },
    after: { seconds: 100, tables: ['kept'] },
  };
  expect(await masters(taken, ['kept', 'come', 'rewritten (new)'])).toEqual([
    'come was created',
    'gone was dropped or renamed',
    'rewritten was rewritten',
  ]);
});

it('uses the next best snapshot that is still listed: an older one, then the first one after the moment', async () => {
  const taken = {
    long: { seconds: -200, tables: ['a'] },
    before: { seconds: -100, tables: ['b'] },
    after: { seconds: 100, tables: ['c'] },
    later: { seconds: 200, tables: ['d'] },
  };
  expect(await masters(taken, ['a'], ['long', 'after', 'later'])).toEqual([]);
  expect(await masters(taken, ['c'], ['after', 'later'])).toEqual([]);
  expect(await masters(taken, ['x'], [])).toEqual([]);
});

it('24.10: a table that a snapshot keeps hidden is reported as dropped, and one dropped before the snapshot is not reported as created', async () => {
  const taken = { before: { seconds: -100, tables: ['kept', 'gone'] } };
  expect(await masters(taken, ['kept'], undefined, ['gone', 'long gone'])).toEqual(['gone was dropped or renamed']);
});
