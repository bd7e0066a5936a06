import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './write-durably';

export interface TabletState {
  id: string;
  /** Upper-case hex, empty = open. */
  start: string;
  end: string;
  leader: number;
}

export interface TableState {
  id: string;
  oid: number;
  schema: string;
  name: string;
  kind: 'r' | 'i' | 'm';
  /** Of an index. */
  indexedTableId?: string;
  tablets: TabletState[];
}

export interface DatabaseState {
  oid: number;
  id: string;
  name: string;
  /** WAL position up to which every change is in tablet files. */
  flushedLsn: string;
  tables: TableState[];
}

export type SnapshotPhase = 'CREATING' | 'COMPLETE' | 'DELETING' | 'DELETED' | 'FAILED';

export interface SnapshotState {
  id: string;
  state: SnapshotPhase;
  databaseId: string;
  databaseName: string;
  /** µs since the epoch. */
  micros: string;
  /** The marker in the database's log up to which it reaches; empty for an imported one. */
  marker: string;
  imported: boolean;
  /** µs; absent: never. */
  expiresAt?: string;
  deletedAtMs?: number;
  /** Tables and tablets as of the snapshot. */
  tables: TableState[];
  /** Of an imported one: moment to restore and the original's id. */
  originalId?: string;
}

export interface RestorationState {
  id: string;
  snapshotId: string;
  state: 'RESTORING' | 'RESTORED' | 'FAILED';
}

export interface ClusterState {
  universeUuid: string;
  clusterUuid: string;
  masterUuid: string;
  tservers: { uuid: string; alive: boolean }[];
  databases: DatabaseState[];
  snapshots: SnapshotState[];
  restorations: RestorationState[];
  loadBalancerEnabled: boolean;
  splittingDisabledUntilMs: number;
}

/** The masters' catalogue: one file, replaced atomically at each change, so that a kill at any moment loses nothing. */
export class StateFile {
  readonly value: ClusterState;
  private readonly file: string;

  constructor(home: string, fresh: () => ClusterState) {
    this.file = join(home, 'state', 'catalogue.json');
    this.value = existsSync(this.file) ? (JSON.parse(readFileSync(this.file, 'utf8')) as ClusterState) : fresh();
    this.save();
  }

  save(): void {
    writeDurably(this.file, JSON.stringify(this.value));
  }
}
