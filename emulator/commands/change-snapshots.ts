import { setTimeout as sleep } from 'node:timers/promises';
import {
  askMaster,
  can,
  databaseOf,
  lines,
  MASTER,
  snapshotOf,
  StatusError,
  wrongArguments,
  type Command,
} from './command';
import type { DatabaseState } from '../state';
import { parseMoment } from './parse-moment';

/** How long it is retried before DDL is blocked. */
const FLUSH_MS = 300;
/** The maximum time that DDL is blocked while the log is written to files. */
const QUIET_MS = 1_000;

const hasTablegroups = ({ tables }: DatabaseState): boolean =>
  tables.some(({ id }) => id.endsWith('.tablegroup.parent.uuid'));

/** Releases of 2024 name a retention in the usage text, but reject it. */
export const createDatabaseSnapshotAlone: Command = {
  usage: '[ysql.]<database_name>',
  count: [1, 1],
  run: async (call) => await createDatabaseSnapshot.run(call),
};

/** Accepts a retention too, as in the sources of 2026. */
export const createDatabaseSnapshot: Command = {
  usage: '[ysql.]<database_name> [retention_duration_hours]',
  count: [1, 2],
  run: async ({ cluster, args: [name = '', hours], overdue }) => {
    if (hours !== undefined && !/^-?\d+$/.test(hours)) throw wrongArguments(`Wrong retention duration: ${hours}`);
    if (/^ycql\./.test(name)) throw wrongArguments('Wrong database type: YQL_DATABASE_CQL');
    const database = await databaseOf(cluster, name);
    const flushing = cluster.databases.flush(database.oid);
    const flushed = await Promise.race([flushing.then(() => true), sleep(FLUSH_MS, false, { ref: false })]);
    // Under continuous DDL it would never finish.
    if (!flushed) await cluster.quiet.atMost(QUIET_MS, database.name, async () => await flushing);
    const now = await cluster.databases.named(database.name);
    if (now?.tables.length === 0) {
      throw new StatusError(
        'Invalid argument',
        can(cluster, 'listNamespaces') ? 'yb/tools/yb-admin_client.cc:4100' : 'yb/tools/yb-admin_client_ent.cc:380',
        `No tables found in namespace: ${database.name}`,
      );
    }
    askMaster({ overdue });
    if (!can(cluster, 'snapshotsTablegroups') && now && hasTablegroups(now))
      throw new StatusError(
        'Not found',
        'yb/master/catalog_manager.cc:4435',
        `Unable to create snapshot of database: ${database.name}: Table with identifier ${database.id}.colocated.parent.uuid not found`,
        MASTER.OBJECT_NOT_FOUND,
      );
    const other = cluster.state.snapshots.find(({ state }) => state === 'CREATING');
    if (other) {
      const source = can(cluster, 'listNamespaces')
        ? 'yb/master/catalog_manager_ext.cc:310'
        : 'yb/master/catalog_manager_ent.cc:200';
      throw new StatusError(
        'Service unavailable',
        source,
        `Current snapshot id: ${other.id} has state: CREATING`,
        MASTER.PARALLEL_SNAPSHOT_OPERATION,
      );
    }
    const snapshot = cluster.createSnapshot(database, hours === undefined ? undefined : Number(hours));
    return lines(`Started snapshot creation: ${snapshot.id}`);
  },
};

export const deleteSnapshot: Command = {
  usage: '<snapshot_id>',
  count: [1, 1],
  run: ({ cluster, args: [id = ''] }) => {
    const snapshot = snapshotOf(cluster, id);
    const restoration = cluster.coordinator.isRestoring(snapshot.id);
    if (restoration)
      throw new StatusError(
        'Illegal state',
        'yb/master/master_snapshot_coordinator.cc:1100',
        `Cannot delete snapshot ${id}, restoration ${restoration.id} is ${restoration.state}`,
      );
    if (snapshot.state === 'DELETING')
      throw new StatusError(
        'Not found',
        'yb/master/master_snapshot_coordinator.cc:900',
        `Could not find snapshot: ${id}`,
        MASTER.SNAPSHOT_NOT_FOUND,
      );
    cluster.deleteSnapshot(snapshot);
    return lines(`Deleted snapshot: ${id}`);
  },
};

export const restoreSnapshot: Command = {
  usage: '<snapshot_id> [{<timestamp> | minus <interval>}]',
  count: [1, 3],
  run: ({ cluster, args: [id = '', ...time], timeZone }) => {
    const micros = time.length === 0 ? undefined : parseMoment(time, timeZone);
    const snapshot = snapshotOf(cluster, id);
    if (snapshot.state !== 'COMPLETE')
      throw new StatusError(
        'Illegal state',
        'yb/master/master_snapshot_coordinator.cc:700',
        `The snapshot state is not complete: ${id}`,
        MASTER.SNAPSHOT_IS_NOT_READY,
      );
    const restoration = cluster.restore(snapshot, micros);
    const at = micros === undefined ? [] : [`Restore at: ${debugMoment(micros)}`];
    return lines(`Started restoring snapshot: ${id}`, `Restoration id: ${restoration.id}`, ...at);
  },
};

/** `{ days: 19000 time: 12:34:56.000001 }` */
function debugMoment(micros: bigint): string {
  const day = 86_400_000_000n;
  const rest = micros % day;
  const two = (value: bigint): string => String(value).padStart(2, '0');
  return `{ days: ${micros / day} time: ${two(rest / 3_600_000_000n)}:${two((rest / 60_000_000n) % 60n)}:${two((rest / 1_000_000n) % 60n)}.${String(rest % 1_000_000n).padStart(6, '0')} }`;
}
