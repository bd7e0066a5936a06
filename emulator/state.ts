import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CqlTable } from './cql/catalog/definition';
import { writeDurably } from './write-durably';

/** A tserver's index, 0–2. */
export type TserverIndex = number;

export interface TabletState {
  /** 32 hex. */
  id: string;
  /** Bounds of the hash range in upper-case hex, `''` = open. */
  start: string;
  end: string;
  /** Undefined while the tablet has no leader. */
  leader?: TserverIndex;
  replicas: TserverIndex[];
  nextFile: number;
  files: { number: number; ballast?: true }[];
}

export interface ColumnState {
  /** `attnum`: unchanged when a column is renamed. */
  number: number;
  name: string;
  /** Value of rows that are older than the column. */
  missing: string | null;
}

export interface TableState {
  /** 32 hex, made from the oids of the database and of the storage. */
  id: string;
  oid: number;
  /** PostgreSQL's id of the storage; a rewrite changes it. */
  filenode: number;
  schema: string;
  name: string;
  /**
   * As `pg_class.relkind`: table, index, materialized view; `g`: the parent table of colocated ones, which PostgreSQL
   * does not know.
   */
  kind: 'r' | 'i' | 'm' | 'g';
  /** Stored in the tablet of a parent table, under a number, without tablets of its own. */
  colocated?: { parentId: string; id: number };
  /** Of an index. */
  indexedTableId?: string;
  /** A vector index: stored in the tablets of its table. */
  vector?: true;
  columns: ColumnState[];
  /** Of a YCQL table. */
  cql?: CqlTable;
  /** Column numbers of the primary key, which choose the tablet. */
  key: number[];
  /** Its tablets are ranges of the key instead of its hash. */
  ordered?: true;
  tablets: TabletState[];
  /** Hybrid time since which this table exists; absent: since the database is followed. */
  sinceMicros?: string;
  /** Hybrid time of its newest DDL. */
  describedMicros?: string;
  /** Its earlier names, each with the moment of the renaming. */
  renames?: { untilMicros: string; schema: string; name: string }[];
}

/** A dropped or rewritten table that a snapshot schedule or a snapshot keeps. */
export interface HiddenTable extends TableState {
  droppedMicros: string;
}

export interface DatabaseState {
  oid: number;
  /** 32 hex. */
  id: string;
  /** PostgreSQL's name. */
  name: string;
  /** Of a database that holds a YCQL keyspace: the keyspace's name. */
  keyspace?: string;
  slot: string;
  /** WAL position (decimal) up to which every transaction is in tablet files. */
  flushedLsn: string;
  /** Hybrid time of the newest transaction in tablet files, µs. */
  hybridMicros: string;
  /** The catalog version that was last reported for it. */
  catalogVersion?: number;
  tables: TableState[];
  /**
   * Colocated: tables share one tablet unless they opt out. `legacy`: the parent table is the database's own.
   */
  colocated?: 'legacy' | 'colocation';
  hidden: HiddenTable[];
  /** The schema's text after each DDL, while a snapshot schedule keeps the history. */
  schemas: { micros: string; seen: string; sql: string }[];
  /** Row versions that were replaced before this are not in later snapshots, µs. */
  trimmedTo?: string;
}

export type SnapshotPhase = 'CREATING' | 'COMPLETE' | 'DELETING' | 'DELETED' | 'FAILED';

export interface SnapshotState {
  id: string;
  state: SnapshotPhase;
  databaseOid: number;
  databaseId: string;
  /** As users know it: a keyspace by its own name. */
  databaseName: string;
  /** It is of a colocated database. */
  colocated?: true;
  /** It is of a YCQL keyspace. */
  ycql?: true;
  /** Only of chosen tables, by id, with their indexes. */
  onlyTables?: string[];
  /** µs since the epoch; empty until its moment in the log is known. */
  micros: string;
  imported: boolean;
  createdMs: number;
  /** Absent: never. */
  expiresMs?: number;
  deletedMs?: number;
  /** Tables and tablets as of its moment. Of an imported one: the new ones. */
  tables: TableState[];
  /** Of an imported one: new tablet id → tablet whose files are to be placed there. */
  importedTablets?: Record<string, string>;
  /** For an imported one: when its new tablets start running, if not at once. */
  tabletsRunFromMs?: number;
  retentionHours?: number;
  /** Of the schedule that made it. */
  scheduleId?: string;
  /** Tables that were dropped before its moment and whose history is kept. */
  hidden?: HiddenTable[];
  /** Rows that were replaced before this are not in it, µs. */
  keptSince?: string;
  /** The fingerprint of the schema at its moment; its text is kept. */
  schemaSeen?: string;
  schemaKept?: true;
}

export interface RestorationState {
  id: string;
  snapshotId: string;
  state: 'RESTORING' | 'RESTORED' | 'FAILED';
  /** Rows newer than this are left out, µs. */
  upToMicros: string;
  startedMs: number;
  /** The schema's text as of that moment; absent: the schema stays as it is. */
  schema?: string;
  /** Shown on the emulator's own status page. */
  reason?: string;
}

export interface ScheduleState {
  id: string;
  databaseOid: number;
  databaseName: string;
  intervalMinutes: number;
  retentionMinutes: number;
  createdMs: number;
  deletedMs?: number;
}

export type ClonePhase = 'CLONE_SCHEMA_STARTED' | 'CREATING' | 'RESTORING' | 'RESTORED' | 'COMPLETE' | 'ABORTED';

export interface CloneState {
  sourceOid: number;
  sourceId: string;
  sequence: number;
  target: string;
  state: ClonePhase;
  micros: string;
  reason?: string;
}

/** Of xCluster (a table's), or of change data capture (a database's). */
export interface StreamState {
  id: string;
  objectId: string;
  captures: boolean;
}

/** A login profile, and the roles that have it. */
export interface ProfileState {
  name: string;
  attempts: number;
  roles: string[];
}

export interface TserverState {
  uuid: string;
  alive: boolean;
  /** Why it is down: a fault, or what killed it. */
  reason?: string;
  downSinceMs?: number;
  /** The restoration that killed it. */
  diedOf?: string;
  /** Free space that its disk reports, instead of the real figure. */
  pretendFreeBytes?: number;
}

export interface ClusterState {
  /** Of this file; other formats are refused. */
  format: number;
  universeUuid: string;
  clusterUuid: string;
  placementUuid: string;
  masterUuid: string;
  startedMs: number;
  tservers: TserverState[];
  databases: DatabaseState[];
  /** Dropped YSQL databases that the masters' catalog still lists until another master leads. */
  droppedDatabases?: Pick<DatabaseState, 'id' | 'name' | 'keyspace'>[];
  snapshots: SnapshotState[];
  restorations: RestorationState[];
  schedules: ScheduleState[];
  clones: CloneState[];
  /** Only listed, never read. */
  streams?: StreamState[];
  /** Ids of tables that replication from another universe writes. Only printed. */
  replicatedTables?: string[];
  profiles?: ProfileState[];
  /** Added to the databases' own versions: the counts of dropped databases. */
  catalogVersionBase: number;
  loadBalancerEnabled: boolean;
  /** Ids of the universe keys in the masters' memory; the last one encrypts. Absent: nothing is encrypted. */
  universeKeys?: string[];
  splittingDisabledUntilMs: number;
  /** gflags set at run time. */
  flags: Record<string, string>;
}

const FORMAT = 4;

export const hexId = (): string => randomBytes(16).toString('hex');

function freshState(): ClusterState {
  return {
    format: FORMAT,
    universeUuid: randomUUID(),
    clusterUuid: randomUUID(),
    placementUuid: randomUUID(),
    masterUuid: hexId(),
    startedMs: Date.now(),
    tservers: [0, 1, 2].map(() => ({ uuid: hexId(), alive: true })),
    databases: [],
    snapshots: [],
    restorations: [],
    schedules: [],
    clones: [],
    catalogVersionBase: 0,
    loadBalancerEnabled: true,
    splittingDisabledUntilMs: 0,
    flags: {},
  };
}

/** The masters' catalog: one file, replaced atomically at each change, so that a kill at any moment loses nothing. */
export class StateFile {
  readonly value: ClusterState;
  private readonly file: string;

  constructor(home: string) {
    this.file = join(home, 'state', 'catalogue.json');
    const known = existsSync(this.file);
    this.value = known ? (JSON.parse(readFileSync(this.file, 'utf8')) as ClusterState) : freshState();
    if (this.value.format !== FORMAT)
      throw new Error(
        `${this.file} was written by another version of the emulator (format ${this.value.format}, this one reads ${FORMAT}). Remove the folder ${home} and start again.`,
      );
    if (!known) this.save();
  }

  save(): void {
    writeDurably(this.file, JSON.stringify(this.value));
  }
}
