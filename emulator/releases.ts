/** The releases that can be emulated, oldest first, with the version number that each reports. */
export const RELEASES = {
  '2.6': '2.6.20.0',
  '2.14': '2.14.17.0',
  '2.20': '2.20.7.0',
  '2024.2': '2024.2.3.0',
  '2025.1': '2025.1.1.0',
  '2025.2': '2025.2.2.0',
  '2026.1': '2026.1.0.0',
} as const;

export type Release = keyof typeof RELEASES;

export const RELEASE_NAMES = Object.keys(RELEASES) as Release[];

/**
 * Since which of the above releases each feature exists: written from YugabyteDB's sources and manuals, not from
 * Kalpa's own table (`src/yugabyte/releases.ts`), so that the two can disagree. Features that are not listed exist in
 * every release.
 */
const SINCE = {
  // yb-admin: operations (yb-admin_cli.cc, ent/…/yb-admin_cli_ent.cc)
  /** 2.15.3 (8dc2538378, #8417); not in the branch of 2.14. */
  editSchedule: '2.20',
  /** 2.17.2 (5fa9f04083, #14452). */
  listNamespaces: '2.20',
  /**
   * 41a5225afc of spring 2021 adds it, before `delete_snapshot_schedule`, so 2.6 may have it [inferred: no output of
   * 2.6 shows it].
   */
  listRestorations: '2.14',
  /** 2022 (#12001 and the backup scripts that call it). */
  splittingLease: '2.14',
  /** 2023. */
  importSelective: '2.20',
  /** With change data capture: 2.13.0 (#9019). */
  changeDataStreams: '2.14',
  /** 2.21 and later: `clone_namespace`, `list_clones`. */
  clones: '2024.2',

  // yb-admin: arguments
  /** Of `list_snapshots`; late 2021. */
  listSnapshotsJson: '2.14',
  /** Of `list_tablets`, with `include_followers`: 2.13.0 (#11448). */
  listTabletsJson: '2.14',
  /** Of `create_keyspace_snapshot` and `create_snapshot`; 2.21.0 (70ec74a87e). */
  keyspaceRetention: '2024.2',
  /** Of `create_database_snapshot`: usage of 2024 names it, and the code refuses a second argument. */
  databaseRetention: '2025.1',
  /** `is_tablet_splitting_complete wait_for_parent_deletion` (#13127: release notes of 2.15.2.0). */
  waitForParentDeletion: '2.20',
  /** `ysql_catalog_version <database>`; sources of 2026. */
  catalogVersionOfDatabase: '2026.1',

  // yb-admin: what it prints
  /** `Error running <operation>: `; before, `Error: `. */
  errorNamesOperation: '2.14',
  /** Column of `list_snapshots`. */
  creationTime: '2.14',
  /** `1 min`, `filter`, `snapshot_time`; before `60.000s`, no filter, `snapshot_time_utc`. */
  scheduleInMinutes: '2.14',
  /** `metadata`; before `meta data`. */
  metadataOneWord: '2.14',
  /** Lines of the namespace and of user-defined types in front of an import's table. */
  importNamesNamespace: '2.14',
  /** `ColocatedTable` and `ParentColocatedTable` in an import's map; facts of 2.6 know `Table` alone. */
  importNamesColocated: '2.14',
  /** Of `list_all_tablet_servers`, `list_all_masters`. */
  broadcastAddress: '2.14',
  /** `Version: 1`; before `Version:1`. */
  spacedCatalogVersion: '2.14',
  /** `get_universe_config` as JSON. */
  universeConfigJson: '2.14',
  /** A master without the key is reported as an error instead of 0. */
  missingKeyIsError: '2.14',
  /** Sources of 2021 know the relation kinds `matview` and `parent_table`. */
  matviews: '2.14',
  /**
   * `db.t [ysql_schema=public] [<id>]` (YBTableName::ToString). A capture of 2.17 (#16030) has neither; those of 2024
   * have both.
   */
  tableSchemaAndId: '2024.2',

  // YCQL
  /**
   * `predicate` in the options of `system_schema.indexes`, which DESC prints (#9762, “Populate partial index
   * predicate”: release notes of 2.9.1.0 and 2.8.0.0; #9135 shows 2.6 and 2.9.0 without).
   */
  tellsPredicates: '2.14',
  /**
   * Names of user-defined types that are keywords stand in quotes within other types (src/yb/common/ql_type.cc; #18586,
   * asked for in August 2023) [inferred: 2.21].
   */
  quotesTypeNames: '2024.2',

  // Web pages
  /** On tservers: 2.19.1 (4393010fb6, #13999). Before, there is `/tablets` for people. */
  tabletsJson: '2.20',
  /** 2.15.3 (f12c0fd528). Before, `/varz?raw`. */
  varzJson: '2.20',
  /** Of `/api/v1/tablet-servers`; absent in sources of 2.6 to 2.21. */
  tserverUuid: '2025.1',
  /** Columns `Namespace` and `Hidden` of `/tablets`. */
  tabletsPageNamesNamespace: '2.14',

  // YSQL
  /**
   * `CREATE DATABASE … WITH colocation`; before, `colocated` alone (syntax of 2.16's manual; `colocated` in those of
   * 2.6 and 2.14).
   */
  colocation: '2.20',
  /** `colocation_id` of a table; before, its oid was its number: `table_oid` (#5982, 2.5.0). */
  colocationId: '2.14',
  /** `USING ybhnsw` (documentation of 2025.1; 2.25). */
  vectorIndexes: '2025.1',
  /** `CREATE PROFILE`, `ALTER ROLE … PROFILE` (manual of 2.18, #15676; `ysql_enable_profile` is on here). */
  profiles: '2.20',
  /** ysql_dumpall writes them (2.25). */
  dumpsProfiles: '2025.1',
  /** `CREATE INDEX NONCONCURRENTLY` in dumps (2.21.1: 03246f8). */
  nonconcurrently: '2024.2',

  // ysql_dump
  /** The catalog `pg_yb_tablegroup`; before, `pg_tablegroup` (#10190 of October 2021). */
  namesTablegroupsYb: '2.14',
  /** Tablegroups and the tables' clause about them: 2.11.2 (#10168, release notes of 2.11.2.0). */
  dumpsTablegroups: '2.14',
  /**
   * `CONSTRAINT <name> PRIMARY KEY`; before, no name (#4806; pull request #5667, still open in June 2021) [inferred:
   * not in 2.6].
   */
  dumpsKeyNames: '2.14',

  // ysql_dump, with YugabyteDB's metadata
  /**
   * An extension without its members, then each of them: 2.8 (pg_dump.c; yb_ysql_dump.data.sql of 2.21.1 at 16941de).
   * Before, `CREATE EXTENSION`.
   */
  emptyExtensions: '2.14',
  /** `yb_non_ddl_txn_for_sys_tables_allowed`: 2.17.1 has it (00850e8). */
  nonDdlTransactions: '2.20',
  /** Oids of tables and indexes, and the settings about them: 2.21.1 has them (03246f8), 2.17.1 has not (00850e8). */
  preservesClassOids: '2024.2',

  /**
   * `binary_upgrade_set_next_heap_relfilenode`: expected outputs of 2.23.1 (414e64c) have it, those of 2.21.1 (16941de)
   * have not.
   */
  preservesFileNodes: '2025.1',
  /** `--read-time`, kept out of `--help` (07016b690c, late 2023: 2.21). */
  dumpReadTime: '2024.2',
  /** … and offered there (2.29.0.0-b79, #20480: “signals that backups during DDL are supported”). */
  offersDumpReadTime: '2026.1',

  // What the cluster does
  /** Snapshots end by themselves after `default_snapshot_retention_hours`; 2.21.0 (70ec74a87e). */
  snapshotsExpire: '2024.2',
  /**
   * A dropped table that a snapshot is of is hidden and stays whole until the snapshot is gone; before, its tablets go
   * at once, with their part of the snapshot (`HideTablesCoveredBySnapshot`, snapshot-test.cc, in 2.25.1.0-b130)
   * [inferred: from 2.21 on, whose retention says that a snapshot may keep dropped tables].
   */
  snapshotsKeepTables: '2024.2',
  /**
   * A restoration of tablets that are gone ends FAILED (`GetTerminalStateForStatus`, restoration_state.cc at
   * 7f2de573aa, 2023: NotFound and TABLE_NOT_RUNNING end it); before, they are asked for ever (`IsTerminalFailure`,
   * #17307) [inferred: 2.19, with the change for #14762].
   */
  goneTabletsFail: '2.20',
  /**
   * `export_snapshot` of a YSQL database leaves out tables that were dropped since (#13361, mid-2022: “Skipping backup
   * of table”); before, it fails (`GetPgSchemaName`) [inferred: carried back to 2.14].
   */
  exportSkipsDropped: '2.14',
  /** … and reads the catalog as of the snapshot, where they still are (#27449, #27717: 2025.1.1). */
  exportsAsOfSnapshot: '2025.1',
  /**
   * A tablet names no colocated tables, they name their parent (`use_parent_table_id_field`) [inferred: not in sources
   * of 2.20].
   */
  parentTableId: '2024.2',
  /** `tablet.metadata` in a snapshot's directory; its first release isn't pinned. */
  tabletMetadata: '2.14',
  /** Manuals of 2.14 and 2.16 say that it is refused (#11924), that of 2.18 no longer does. */
  schedulesBesideTablegroups: '2.20',
  /**
   * `create_database_snapshot` of a database with tablegroups: #11632, seen in March and August 2022 [inferred: 2.16].
   */
  snapshotsTablegroups: '2.20',
  /** One schedule a database (#9944: release notes of 2.15.2.0), which keeps more than nothing (#12001). */
  oneSchedule: '2.20',
  /**
   * Neither a database nor a keyspace with a schedule is dropped: #11957 (April 2022), so 2.13.2 and 2.14.0 [inferred
   * from its date].
   */
  keepsScheduledDatabases: '2.14',
  /** No tablespace is dropped while any database has a schedule: #12508 (May 2022). */
  keepsTablespaces: '2.14',
  /** Of tables of a database with a schedule: #11777 (March 2022) … */
  refusesTruncate: '2.14',
  /** … until it became a rewrite of the table (docs of 2024.1, pull request #22302). */
  truncateRewrites: '2024.2',
  /** A second restoration of a database waits for the first (#9167). */
  oneRestoration: '2.14',
  /** A rewind of a YSQL database brings its schema back, too. */
  rewindSchema: '2.14',
  /** `yb_read_time` (#19114). */
  readTime: '2024.2',
  /** PostgreSQL inside: 15.2; before 11.2. */
  postgres15: '2025.1',
} as const satisfies Readonly<Record<string, Release>>;

export type Feature = keyof typeof SINCE;

/** Whether a release has it. */
export const has = (release: Release, feature: Feature): boolean =>
  RELEASE_NAMES.indexOf(release) >= RELEASE_NAMES.indexOf(SINCE[feature]);
