import { has, RELEASE_NAMES, type Feature, type Release } from '../releases';
import {
  createDatabaseSnapshot,
  createDatabaseSnapshotAlone,
  deleteSnapshot,
  restoreSnapshot,
} from './change-snapshots';
import type { Command } from './command';
import { createKeyspaceSnapshot, createSnapshot } from './keyspace-snapshots';
import { exportSnapshot, importSnapshot, importSnapshotSelective } from './export-import';
import { cloneNamespace, listClones } from './clones';
import { listSnapshotRestorations, listSnapshots } from './list-snapshots';
import * as schedules from './schedules';
import * as servers from './servers';
import { flushTable, listTables, listTablets, listTabletServers } from './tables';
import { listCdcStreams, listChangeDataStreams } from './streams';

const EVERYWHERE: Readonly<Record<string, Command>> = {
  list_snapshots: listSnapshots,
  create_database_snapshot: createDatabaseSnapshotAlone,
  create_keyspace_snapshot: createKeyspaceSnapshot,
  create_snapshot: createSnapshot,
  export_snapshot: exportSnapshot,
  import_snapshot: importSnapshot,
  restore_snapshot: restoreSnapshot,
  delete_snapshot: deleteSnapshot,
  create_snapshot_schedule: schedules.createSnapshotSchedule,
  list_snapshot_schedules: schedules.listSnapshotSchedules,
  restore_snapshot_schedule: schedules.restoreSnapshotSchedule,
  delete_snapshot_schedule: schedules.deleteSnapshotSchedule,
  list_tables: listTables,
  list_tablets: listTablets,
  list_tablet_servers: listTabletServers,
  flush_table: flushTable,
  list_all_tablet_servers: servers.listAllTabletServers,
  list_all_masters: servers.listAllMasters,
  get_universe_config: servers.getUniverseConfig,
  list_cdc_streams: listCdcStreams,
  ysql_catalog_version: servers.ysqlCatalogVersion,
  is_encryption_enabled: servers.isEncryptionEnabled,
  all_masters_have_universe_key_in_memory: servers.allMastersHaveUniverseKey,
  set_load_balancer_enabled: servers.setLoadBalancerEnabled,
  get_load_balancer_state: servers.getLoadBalancerState,
  get_is_load_balancer_idle: servers.getIsLoadBalancerIdle,
};

/** Operations that were added later, or whose arguments were extended. */
const LATER: readonly (readonly [Feature, Readonly<Record<string, Command>>])[] = [
  ['listRestorations', { list_snapshot_restorations: listSnapshotRestorations }],
  [
    'splittingLease',
    {
      disable_tablet_splitting: servers.disableTabletSplitting,
      is_tablet_splitting_complete: servers.isTabletSplittingComplete,
    },
  ],
  ['changeDataStreams', { list_change_data_streams: listChangeDataStreams }],
  ['editSchedule', { edit_snapshot_schedule: schedules.editSnapshotSchedule }],
  ['listNamespaces', { list_namespaces: servers.listNamespaces }],
  ['importSelective', { import_snapshot_selective: importSnapshotSelective }],
  ['clones', { clone_namespace: cloneNamespace, list_clones: listClones }],
  ['databaseRetention', { create_database_snapshot: createDatabaseSnapshot }],
  ['catalogVersionOfDatabase', { ysql_catalog_version: servers.ysqlCatalogVersionOfDatabase }],
];

function operationsOf(release: Release): Readonly<Record<string, Command>> {
  const later = LATER.filter(([feature]) => has(release, feature)).flatMap(([, more]) => Object.entries(more));
  return { ...EVERYWHERE, ...Object.fromEntries(later) };
}

/** The operations of each release; any other is unknown to it. */
export const OPERATIONS = Object.fromEntries(RELEASE_NAMES.map((name) => [name, operationsOf(name)])) as Readonly<
  Record<Release, Readonly<Record<string, Command>>>
>;
