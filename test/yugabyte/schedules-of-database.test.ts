import {
  orphanedSchedules,
  schedulesOf,
  type ListedSchedule,
  type ListedSnapshot,
  type ScheduleEvidence,
} from '../../src/yugabyte';

const OLD = '00004000000030008000000000000000';
const NEW = '00004100000030008000000000000000';
const OTHER = '00004200000030008000000000000000';
const orders = { api: 'ysql', name: 'orders' } as const;

interface Taken {
  id: string;
  of: string;
  name?: string;
  api?: 'ysql' | 'ycql';
}

/** `s` takes snapshots in the order given; `filter`: undefined as 2.6 prints it. */
function evidence(
  schedules: Record<string, { filter?: string; snapshots: Taken[] }>,
  there: { id: string; name: string; api?: string }[],
): ScheduleEvidence {
  const snapshots = new Map<string, ListedSnapshot>();
  const listed = Object.entries(schedules).map(([id, { filter, snapshots: taken }]): ListedSchedule => {
    for (const { id: snapshot, of, name = 'orders', api = 'ysql' } of taken)
      snapshots.set(snapshot, {
        id: snapshot,
        state: 'COMPLETE',
        database: { api, id: of, name },
      });
    return {
      id,
      ...(filter === undefined ? {} : { filter }),
      intervalSeconds: 60,
      retentionSeconds: 600,
      deleted: false,
      snapshots: taken.map((one, i) => ({ id: one.id, snapshotMicros: `176377680000000${i}` })),
    };
  });
  return { schedules: listed, snapshots, keyspaces: there.map(({ api = 'ysql', ...one }) => ({ ...one, api })) };
}

const ids = (found: readonly { id: string }[]): string[] => found.map(({ id }) => id);

describe.each([['with the filter'], ['2.6, which prints none']])(
  'a schedule belongs to a database by id, %s',
  (how) => {
    const filter = how === 'with the filter' ? { filter: 'ysql.orders' } : {};

    it('the database that it covers has it', () => {
      const found = evidence({ s: { ...filter, snapshots: [{ id: 'a', of: OLD }] } }, [{ id: OLD, name: 'orders' }]);
      expect(ids(schedulesOf(found, orders).own)).toEqual(['s']);
      expect(schedulesOf(found, orders).ofDropped).toEqual([]);
      expect(orphanedSchedules(found)).toEqual([]);
    });

    it('dropped and created again under its name, it is another database, which the schedule does not protect', () => {
      const found = evidence({ s: { ...filter, snapshots: [{ id: 'a', of: OLD }] } }, [{ id: NEW, name: 'orders' }]);
      expect(schedulesOf(found, orders).own).toEqual([]);
      expect(ids(schedulesOf(found, orders).ofDropped)).toEqual(['s']);
      expect(orphanedSchedules(found)).toMatchObject([{ schedule: { id: 's' }, database: 'ysql.orders' }]);
    });

    it('dropped and not created again, it is reported as well', () => {
      const found = evidence({ s: { ...filter, snapshots: [{ id: 'a', of: OLD }] } }, [{ id: OTHER, name: 'shop' }]);
      expect(ids(schedulesOf(found, orders).ofDropped)).toEqual(['s']);
      expect(orphanedSchedules(found)).toHaveLength(1);
    });

    it('renamed, it keeps its schedule; a new database of the old name does not get it', () => {
      const found = evidence({ s: { ...filter, snapshots: [{ id: 'a', of: OLD }] } }, [
        { id: OLD, name: 'orders_2025' },
        { id: NEW, name: 'orders' },
      ]);
      expect(schedulesOf(found, orders)).toEqual({ own: [], ofDropped: [] });
      expect(ids(schedulesOf(found, { api: 'ysql', name: 'orders_2025' }).own)).toEqual(['s']);
      expect(orphanedSchedules(found)).toEqual([]);
    });

    it('the schedules of the new and of the dropped database are told apart', () => {
      const found = evidence(
        {
          dead: { ...filter, snapshots: [{ id: 'a', of: OLD }] },
          live: { ...filter, snapshots: [{ id: 'b', of: NEW }] },
        },
        [{ id: NEW, name: 'orders' }],
      );
      expect(ids(schedulesOf(found, orders).own)).toEqual(['live']);
      expect(ids(schedulesOf(found, orders).ofDropped)).toEqual(['dead']);
    });

    it('a keyspace of the same name does not count', () => {
      const found = evidence({ s: { snapshots: [{ id: 'a', of: OLD, api: 'ycql' }] } }, [
        { id: OLD, name: 'orders', api: 'ycql' },
        { id: NEW, name: 'orders' },
      ]);
      expect(schedulesOf(found, orders)).toEqual({ own: [], ofDropped: [] });
      expect(ids(schedulesOf(found, { api: 'ycql', name: 'orders' }).own)).toEqual(['s']);
    });
  },
);

describe('without a snapshot that shows its database', () => {
  it('a schedule without snapshots belongs to the database in its filter: unknown does not mean dropped', () => {
    const found = evidence({ s: { filter: 'ysql.orders', snapshots: [] } }, [{ id: NEW, name: 'orders' }]);
    expect(ids(schedulesOf(found, orders).own)).toEqual(['s']);
    expect(orphanedSchedules(found)).toEqual([]);
  });

  it('if that database does not exist, it belongs to a dropped one', () => {
    const found = evidence({ s: { filter: 'ysql.orders', snapshots: [] } }, [{ id: OTHER, name: 'shop' }]);
    expect(ids(schedulesOf(found, orders).ofDropped)).toEqual(['s']);
    expect(orphanedSchedules(found)).toMatchObject([{ database: 'ysql.orders' }]);
  });

  it('2.6 prints no filter either: it belongs to no database', () => {
    const found = evidence({ s: { snapshots: [] } }, [{ id: NEW, name: 'orders' }]);
    expect(schedulesOf(found, orders)).toEqual({ own: [], ofDropped: [] });
    expect(orphanedSchedules(found)).toEqual([]);
  });
});

it('a schedule that was made by name alone continues with the new database: only its snapshots of that one count', () => {
  const found = evidence(
    {
      s: {
        filter: 'ysql.orders',
        snapshots: [
          { id: 'of the old', of: OLD },
          { id: 'of the new', of: NEW },
        ],
      },
    },
    [{ id: NEW, name: 'orders' }],
  );
  const [schedule] = schedulesOf(found, orders).own;
  expect(ids(schedule?.snapshots ?? [])).toEqual(['of the new']);
});
