import { dialectNamed, ybAdminPrints } from '../fixtures';
import * as ybAdmin from '../../../src/yugabyte/yb-admin';

const A = '0d4b4935-2c95-4523-95ab-9ead1e95e794';
const B = '6beb9c0e-52ea-4f61-89bd-c160ec02c729';

describe('yb-admin of 2.6 only', () => {
  const dialect = dialectNamed('2.6');
  it('names the newest snapshot before its table', () =>
    expect(
      ybAdmin.listSnapshots.parse(ybAdminPrints('2.6', 'list_snapshots/creating-with-current'), dialect, {}, []),
    ).toEqual([{ id: B, state: 'CREATING' }]));

  it.each(['one', 'capture-of-june-2021'])('spells schedules in its own ways (%s)', (fixture) => {
    const [schedule] = ybAdmin.listSnapshotSchedules.parse(
      ybAdminPrints('2.6', `list_snapshot_schedules/${fixture}`),
      dialect,
      {},
      [],
    );
    expect(schedule).toMatchObject({ intervalSeconds: 60, retentionSeconds: 600, deleted: false });
    expect(schedule?.snapshots[0]?.snapshotMicros).toBe(fixture === 'one' ? '1619616932499002' : '1624388598206307');
    expect(schedule).not.toHaveProperty('filter');
  });
});

describe('yb-admin of 2025.1 only', () => {
  const dialect = dialectNamed('2025.1');
  const print = (name: string): string => ybAdminPrints('2025.1', name);

  it('lists snapshots as JSON, and a time that is not set as none', () => {
    expect(ybAdmin.listSnapshots.parse(print('list_snapshots/json-two'), dialect, {}, [])).toEqual([
      { id: A, state: 'COMPLETE', snapshotMicros: '1723239736451974' },
      { id: B, state: 'CREATING' },
    ]);
    expect(ybAdmin.listSnapshots.parse(print('list_snapshots/json-with-current'), dialect, {}, [])).toEqual([
      { id: A, state: 'FAILED', snapshotMicros: '1723239736451974' },
    ]);
    expect(
      ybAdmin.listSnapshots.parse(
        `WARNING: something on stdout.\n${print('list_snapshots/json-none')}`,
        dialect,
        {},
        [],
      ),
    ).toEqual([]);
  });

  it('prints where a restoration goes back to', () =>
    expect(
      ybAdmin.restoreSnapshot.parse(print('restore_snapshot/started-at-time'), dialect, { snapshotId: A }, []),
    ).toEqual({
      restorationId: 'aa7c413b-9d6b-420a-b994-6626980240ca',
    }));

  it('exports a snapshot that is not complete, and says so', () =>
    expect(
      ybAdmin.exportSnapshot.parse(print('export_snapshot/saved-creating'), dialect, { snapshotId: A, file: 'f' }, []),
    ).toEqual({ state: 'CREATING' }));

  it('maps a colocation group', () =>
    expect(
      ybAdmin.importSnapshot
        .parse(print('import_snapshot/colocated'), dialect, { file: 'f', database: 'd' }, [])
        .tables.map(({ kind, tablets }) => [kind, tablets.length]),
    ).toEqual([
      ['colocationParent', 1],
      ['colocated', 0],
    ]));

  it('lists databases whose names hold spaces', () =>
    expect(
      ybAdmin.listNamespaces
        .parse(print('list_namespaces/two-user'), dialect, {}, [])
        .map(({ name, system, colocated }) => [name, system, colocated]),
    ).toEqual([
      ['orders', false, false],
      ['odd name with spaces', false, true],
      ['template1', true, false],
      ['system', true, false],
    ]));

  it('lists a database whose name holds a line separator of Unicode', () =>
    expect(
      ybAdmin.listNamespaces
        .parse(print('list_namespaces/two-user').replace('odd name', 'odd\u2028name'), dialect, {}, [])
        .map(({ name }) => name),
    ).toContain('odd\u2028name with spaces'));

  it('lists schedules, one of them being removed', () =>
    expect(
      ybAdmin.listSnapshotSchedules
        .parse(print('list_snapshot_schedules/two'), dialect, {}, [])
        .map(({ filter, intervalSeconds, deleted, snapshots }) => [filter, intervalSeconds, deleted, snapshots.length]),
    ).toEqual([
      ['ysql.orders', 86_400, false, 2],
      ['ysql.gone', 3_600, true, 0],
    ]));

  it('leases tablet splitting', () => {
    expect(
      ybAdmin.disableTabletSplitting.parse(
        print('disable_tablet_splitting/accepted'),
        dialect,
        { leaseMs: 5, feature: 'k' },
        [],
      ),
    ).toEqual({ leaseMs: 5 });
    expect(ybAdmin.isTabletSplittingComplete.parse(print('is_tablet_splitting_complete/yes'), dialect, {}, [])).toEqual(
      { complete: true },
    );
    expect(ybAdmin.isTabletSplittingComplete.parse(print('is_tablet_splitting_complete/no'), dialect, {}, [])).toEqual({
      complete: false,
    });
  });
});
