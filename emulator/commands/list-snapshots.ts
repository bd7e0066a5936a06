import type { SnapshotState } from '../state';
import { can, lines, MASTER, StatusError, wrongArguments, type Answer, type Call, type Command } from './command';
import { json, printedTime, row, uuidCell } from './texts';

export const listSnapshots: Command = {
  usage: '[SHOW_DETAILS] [NOT_SHOW_RESTORED] [SHOW_DELETED] [JSON]',
  count: [0, 4],
  run: (call) => {
    const { cluster, timeZone } = call;
    const flags = call.args.map((arg) => arg.toUpperCase());
    const known = [
      'SHOW_DETAILS',
      'NOT_SHOW_RESTORED',
      'SHOW_DELETED',
      ...(can(cluster, 'listSnapshotsJson') ? ['JSON'] : []),
    ];
    const wrong = call.args.find((arg) => !known.includes(arg.toUpperCase()));
    if (wrong !== undefined) throw wrongArguments(`Wrong flag: ${wrong}`);
    const snapshots = cluster.state.snapshots.filter(
      ({ state }) => state !== 'DELETED' || flags.includes('SHOW_DELETED'),
    );
    const details = flags.includes('SHOW_DETAILS');
    if (flags.includes('JSON')) {
      const listed = snapshots.map(({ id, state, micros }) => ({
        id,
        state,
        snapshot_time: printedTime(micros, timeZone),
        previous_snapshot_time: printedTime('', timeZone),
      }));
      return lines(...(details ? snapshots.flatMap(detailsOf) : []), json({ snapshots: listed }));
    }
    return lines(
      ...snapshotTable(call, snapshots, details),
      ...restorationTable(call, flags.includes('NOT_SHOW_RESTORED')),
    );
  },
};

function snapshotTable({ cluster, timeZone }: Call, snapshots: readonly SnapshotState[], details: boolean): string[] {
  if (snapshots.length === 0) return ['No snapshots'];
  const timed = can(cluster, 'creationTime');
  return [
    row(uuidCell('Snapshot UUID'), 'State', ...(timed ? ['', 'Creation Time'] : [])),
    ...snapshots.flatMap((snapshot) => [
      row(snapshot.id, snapshot.state, ...(timed ? [printedTime(snapshot.micros, timeZone)] : [])),
      ...(details ? detailsOf(snapshot) : []),
    ]),
  ];
}

/** One compact JSON object a line: the namespace, then its tables; never tablets. */
function detailsOf(snapshot: SnapshotState): string[] {
  const line = (type: string, id: string, data: object): string => ` \t${JSON.stringify({ type, id, data })}`;
  return [
    line('NAMESPACE', snapshot.databaseId, {
      name: snapshot.databaseName,
      database_type: snapshot.ycql ? 'YQL_DATABASE_CQL' : 'YQL_DATABASE_PGSQL',
      ...(snapshot.ycql ? {} : { next_normal_pg_oid: 16384 }),
      colocated: false,
      state: 'RUNNING',
    }),
    ...snapshot.tables.map(({ id, name, indexedTableId }) =>
      line('TABLE', id, {
        name,
        version: 0,
        state: 'RUNNING',
        table_type: snapshot.ycql ? 'YQL_TABLE_TYPE' : 'PGSQL_TABLE_TYPE',
        namespace_id: snapshot.databaseId,
        ...(indexedTableId === undefined ? {} : { indexed_table_id: indexedTableId }),
        namespace_name: snapshot.databaseName,
      }),
    ),
  ];
}

function restorationTable({ cluster }: Call, hideRestored: boolean): string[] {
  const { restorations } = cluster.state;
  if (restorations.length === 0) return ['No snapshot restorations'];
  const shown = restorations.filter(({ state }) => !hideRestored || state !== 'RESTORED');
  return [
    ...(hideRestored ? ['Not show fully RESTORED entries'] : []),
    ...(shown.length > 0
      ? [row(uuidCell('Restoration UUID'), 'State'), ...shown.map(({ id, state }) => row(id, state))]
      : []),
  ];
}

export const listSnapshotRestorations: Command = {
  usage: '[<restoration_id>]',
  count: [0, 9],
  run: ({ cluster, args }): Answer => {
    if (args.length > 1)
      throw wrongArguments(`Too many arguments for command, at most 1 expected, but ${args.length} found`);
    const [id] = args;
    const found = cluster.state.restorations.filter((one) => id === undefined || one.id === id);
    if (id !== undefined && found.length === 0)
      throw new StatusError(
        'Not found',
        'yb/master/master_snapshot_coordinator.cc:1400',
        `Could not find restoration: ${id}`,
        MASTER.OBJECT_NOT_FOUND,
      );
    return lines(
      json({
        restorations: found.map(({ id: one, snapshotId, state }) => ({ id: one, snapshot_id: snapshotId, state })),
      }),
    );
  },
};
