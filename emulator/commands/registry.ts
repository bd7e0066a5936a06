import type { EmulatorOptions } from '../options';
import { createDatabaseSnapshot, createDatabaseSnapshot26, deleteSnapshot, restoreSnapshot } from './change-snapshots';
import type { Command } from './command';
import { createKeyspaceSnapshot, createSnapshot } from './keyspace-snapshots';
import { exportSnapshot, importSnapshot, importSnapshotSelective } from './export-import';
import { cloneNamespace, listClones } from './clones';
import { listSnapshotRestorations, listSnapshots } from './list-snapshots';
import * as schedules from './schedules';
import * as servers from './servers';
import { flushTable, listTables, listTablets, listTabletServers } from './tables';
import { listCdcStreams, listChangeDataStreams } from './streams';

const BOTH: Readonly<Record<string, Command>> = {
  list_snapshots: listSnapshots,
  create_database_snapshot: createDatabaseSnapshot26,
  create_keyspace_snapshot: createKeyspaceSnapshot,
  create_snapshot: createSnapshot,
  export_snapshot: exportSnapshot,
  import_snapshot: importSnapshot,
  restore_snapshot: restoreSnapshot,
  delete_snapshot: deleteSnapshot,
  create_snapshot_schedule: schedules.createSnapshotSchedule,
  list_snapshot_schedules: schedules.listSnapshotSchedules,
  restore_snapshot_schedule: schedules.restoreSnapshotSchedule,
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

/** The operations of each dialect. */
export const OPERATIONS: Readonly<Record<EmulatorOptions['dialect'], Readonly<Record<string, Command>>>> = {
  '2.6': BOTH,
  '2025.1': {
    ...BOTH,
    create_database_snapshot: createDatabaseSnapshot,
    import_snapshot_selective: importSnapshotSelective,
    list_snapshot_restorations: listSnapshotRestorations,
    delete_snapshot_schedule: schedules.deleteSnapshotSchedule,
    edit_snapshot_schedule: schedules.editSnapshotSchedule,
    clone_namespace: cloneNamespace,
    list_clones: listClones,
    list_namespaces: servers.listNamespaces,
    disable_tablet_splitting: servers.disableTabletSplitting,
    is_tablet_splitting_complete: servers.isTabletSplittingComplete,
    list_change_data_streams: listChangeDataStreams,
  },
};
