import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { fakeYugabyte } from '../../support/fake-yugabyte';
import { timingInMs, timingSchema } from '../../../src/contract';
import {
  listClones,
  listSnapshotRestorations,
  listSnapshots,
  listSnapshotSchedules,
  listTables,
  ysqlCatalogVersion,
  type ListedSchedule,
  type ListedSnapshot,
} from '../../../src/yugabyte';

/** Ids of two databases that had one name after the other. */
export const OLD = '00004000000030008000000000000000';
export const NEW = '00004100000030008000000000000000';

/** A schedule with one COMPLETE snapshot of a database. */
export const scheduleOf = (
  id: string,
  namespaceId: string,
): { schedule: ListedSchedule; snapshot: ListedSnapshot } => ({
  schedule: {
    id,
    filter: 'ysql.orders',
    intervalSeconds: 3600,
    retentionSeconds: 86_400,
    deleted: false,
    snapshots: [{ id: `snapshot of ${id}`, snapshotMicros: '1763776800000000' }],
  },
  snapshot: {
    id: `snapshot of ${id}`,
    state: 'COMPLETE',
    database: { api: 'ysql', id: namespaceId, name: 'orders' },
  },
});

export interface Cluster {
  /** Name → id of the databases that there are; a test changes it as someone else would. */
  ids: Record<string, string>;
  schedules: { schedule: ListedSchedule; snapshot: ListedSnapshot }[];
  /** What was changed: commands of yb-admin, statements. */
  acts: string[];
}

export const timing = timingInMs(
  timingSchema.parse({ rpcTimeout: '1ms', pollInterval: '1ms', snapshotDeadline: '1s' }),
);

/** Dependencies of activities on a cluster that consists of names and ids. */
export function clusterWith(
  { ids = {}, schedules = [] }: Partial<Cluster>,
  more: { api?: 'ysql' | 'ycql'; yugabyte?: object; repository?: object } = {},
): { cluster: Cluster; dependencies: ControlDependencies } {
  const { api = 'ysql' } = more;
  const cluster: Cluster = { ids, schedules, acts: [] };
  const answers = new Map<unknown, () => unknown>([
    [listSnapshotSchedules, () => cluster.schedules.map(({ schedule }) => schedule)],
    [listSnapshots, () => cluster.schedules.map(({ snapshot }) => snapshot)],
    [listSnapshotRestorations, () => []],
    [listClones, () => []],
    [listTables, () => [{ id: 't', type: 'table' }]],
    [ysqlCatalogVersion, () => ({ version: 7 })],
  ]);
  const yugabyte = fakeYugabyte({
    run: async (command: { name: string }) => {
      await Promise.resolve();
      const answer = answers.get(command);
      if (answer) return answer();
      cluster.acts.push(command.name);
      return { restorationId: 'restoration', snapshotId: 'snapshot' };
    },
    capabilities: async () => await Promise.resolve({ since: '2025.1', editsSchedules: true }),
    http: {
      dumpEntities: async () =>
        await Promise.resolve({
          keyspaces: Object.entries(cluster.ids).map(([name, id]) => ({ id, name, api })),
          tables: Object.values(cluster.ids).map((keyspaceId) => ({ id: 't', keyspaceId, name: 'orders' })),
          tablets: [],
        }),
    },
    sql: {
      databaseExists: async (name: string) => await Promise.resolve(name in cluster.ids),
      renameDatabase: async (from: string, to: string) => {
        cluster.acts.push(`rename ${from} to ${to}`);
        await Promise.resolve();
      },
      catalogVersionOfDatabase: async () => await Promise.resolve('7'),
      invalidIndexes: async () => {
        cluster.acts.push('look up invalid indexes');
        return await Promise.resolve([]);
      },
      readSequences: async () => await Promise.resolve([]),
      setSequences: async (name: string) => {
        cluster.acts.push(`set the sequences of ${name}`);
        return await Promise.resolve({ outOfBounds: [] });
      },
      hasRows: async () => await Promise.resolve(true), // as an earlier attempt has left it
      countRows: async () => await Promise.resolve(1),
      endOwnSessions: async () => {
        await Promise.resolve();
      },
      enableTriggers: async (name: string) => {
        cluster.acts.push(`let the triggers of ${name} fire`);
        return await Promise.resolve(1);
      },
      endConnections: async (name: string) => {
        cluster.acts.push(`end the sessions in ${name}`);
        return await Promise.resolve(1);
      },
    },
    ...more.yugabyte,
  });
  const dependencies = {
    yugabyte: () => yugabyte,
    timing,
    config: { cluster: 'demo', repository: {} },
    store: { location: 's3://b' },
    repository: more.repository ?? {},
  } as unknown as ControlDependencies;
  return { cluster, dependencies };
}
