import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Databases } from './journal/databases';
import { FOREVER } from './journal/live-rows';
import type { Disks } from './journal/write-lines';
import { Faults } from './faults';
import type { EmulatorOptions } from './options';
import { has } from './releases';
import { ConnectionPool } from './postgres/connection-pool';
import { withDatabase } from './postgres/connect';
import { installEverywhere } from './postgres/install';
import { SnapshotCoordinator } from './snapshots/coordinator';
import { Clones } from './time-travel/clones';
import { Schedules } from './time-travel/schedules';
import { Quiet } from './ysql/quiet';
import { StateFile, type ClusterState, type DatabaseState, type RestorationState, type SnapshotState } from './state';

const HOUR_MS = 3_600_000;
/**
 * Newer clusters delete a snapshot after this many hours by default (`default_snapshot_retention_hours`).
 */
const DEFAULT_RETENTION_HOURS = 24;
const TICK_MS = 50;
/** The emulator looks for new databases at every nth tick; commands that need one look for it themselves. */
const TICKS_PER_SCAN = 6;

/** One emulated cluster: what its masters and tservers know and do. */
export class Cluster {
  readonly faults = new Faults();
  readonly databases: Databases;
  readonly coordinator: SnapshotCoordinator;
  readonly schedules: Schedules;
  readonly clones: Clones;
  readonly connections: ConnectionPool;
  readonly disks: Disks;
  readonly quiet: Quiet;
  readonly timing: { snapshotMs: number; restoreMs: number; deleteMs: number };
  /** Closes the master's ports for a while; set by the code that serves them. */
  masterPorts: { down(ms: number): void } = { down: () => undefined };
  private masterReadyAtMs = 0;
  private readonly file: StateFile;
  private stopping = false;
  private loop: Promise<void> | undefined;

  constructor(readonly options: EmulatorOptions) {
    this.file = new StateFile(options.home);
    this.timing = { snapshotMs: 50, restoreMs: 50, deleteMs: 50, ...options.timing };
    this.disks = { home: options.home, tservers: this.state.tservers };
    this.quiet = new Quiet(options.postgres);
    const save = (): void => {
      this.save();
    };
    const { postgres, dialect } = options;
    this.connections = new ConnectionPool(postgres);
    this.databases = new Databases(postgres, this.connections, this.disks, this.state, save, this.quiet, dialect);
    this.coordinator = new SnapshotCoordinator(this);
    this.schedules = new Schedules(this);
    this.clones = new Clones(this);
  }

  get state(): ClusterState {
    return this.file.value;
  }

  save(): void {
    this.file.save();
  }

  /** Installs into the databases, discovers them, and resumes what a kill interrupted. */
  async start(): Promise<void> {
    delete this.state.droppedDatabases;
    await installEverywhere(this.options.postgres, this.options.dialect);
    await this.databases.refresh();
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.loop;
    await this.coordinator.settle();
    await this.connections.end();
  }

  /** A line of the servers' log. */
  report(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  async runSql(database: string, sql: string): Promise<void> {
    await withDatabase(this.options.postgres, database, async (client) => {
      await client.query('RESET search_path');
      await client.query(sql);
    });
  }

  /** Starts a snapshot as of the next position in the log. `retentionHours` ≤ 0: kept until deleted. */
  createSnapshot(
    database: DatabaseState,
    retentionHours: number | undefined,
    { scheduleId, onlyTables }: Pick<SnapshotState, 'scheduleId' | 'onlyTables'> = {},
  ): SnapshotState {
    const snapshot: SnapshotState = {
      id: randomUUID(),
      state: 'CREATING',
      ...this.ofDatabase(database),
      micros: '',
      imported: false,
      createdMs: Date.now(),
      tables: [],
      ...(onlyTables ? { onlyTables } : {}),
      ...(scheduleId === undefined ? this.expiry(retentionHours) : { scheduleId }),
    };
    this.state.snapshots.push(snapshot);
    this.save();
    this.coordinator.tick();
    return snapshot;
  }

  /** An imported snapshot is COMPLETE from the start: it has no files yet. */
  addImported(
    database: DatabaseState,
    imported: Pick<SnapshotState, 'micros' | 'tables' | 'importedTablets'>,
  ): SnapshotState {
    const late = this.faults.strike('tablets-start-late');
    const snapshot: SnapshotState = {
      id: randomUUID(),
      state: 'COMPLETE',
      ...this.ofDatabase(database),
      ...(late ? { tabletsRunFromMs: Date.now() + (late.ms ?? 1000) } : {}),
      imported: true,
      createdMs: Date.now(),
      ...imported,
      ...this.expiry(undefined),
    };
    this.state.snapshots.push(snapshot);
    this.save();
    return snapshot;
  }

  deleteSnapshot(snapshot: SnapshotState): void {
    snapshot.state = 'DELETING';
    this.save();
    this.coordinator.tick();
  }

  /** `schema`: the DDL text that is applied to the database first; absent: its schema stays. */
  restore(snapshot: SnapshotState, upToMicros: bigint = FOREVER, schema?: string): RestorationState {
    const restoration: RestorationState = {
      id: randomUUID(),
      snapshotId: snapshot.id,
      state: 'RESTORING',
      upToMicros: String(upToMicros),
      startedMs: Date.now(),
      ...(schema === undefined ? {} : { schema }),
    };
    this.state.restorations.push(restoration);
    this.save();
    this.coordinator.tick();
    return restoration;
  }

  /** Stops or starts a tserver. One that crashed during a restoration retries it when it is started. */
  async setAlive(tserver: number, alive: boolean): Promise<void> {
    const found = this.state.tservers[tserver];
    if (!found) throw new RangeError(`There is no tserver ${tserver}; they are 0, 1 and 2.`);
    found.alive = alive;
    delete found.diedOf;
    delete found.reason;
    if (alive) delete found.downSinceMs;
    else Object.assign(found, { reason: 'stopped by a fault', downSinceMs: Date.now() });
    this.save();
    if (alive) await this.coordinator.catchUp(tserver);
  }

  /**
   * The master is unavailable for a while (its ports refuse connections), and becomes leader some time after it is
   * back.
   */
  restartMaster(downMs: number, electionMs: number): void {
    this.masterReadyAtMs = Date.now() + downMs + electionMs;
    delete this.state.droppedDatabases; // a new leader reads them as DELETED when it loads the catalog
    this.save();
    this.masterPorts.down(downMs);
  }

  /** The master is the leader and has loaded its catalog. */
  get masterIsReady(): boolean {
    return Date.now() >= this.masterReadyAtMs;
  }

  private ofDatabase({
    oid,
    id,
    name,
    keyspace,
    colocated,
  }: DatabaseState): Pick<SnapshotState, 'databaseOid' | 'databaseId' | 'databaseName' | 'ycql' | 'colocated'> {
    const own = {
      databaseOid: oid,
      databaseId: id,
      databaseName: keyspace ?? name,
      ...(colocated ? { colocated: true as const } : {}),
    };
    return keyspace === undefined ? own : { ...own, ycql: true };
  }

  private expiry(retentionHours: number | undefined): Pick<SnapshotState, 'expiresMs' | 'retentionHours'> {
    if (!has(this.options.dialect, 'snapshotsExpire')) return {};
    const hours =
      retentionHours ?? Number(this.state.flags['default_snapshot_retention_hours'] ?? DEFAULT_RETENTION_HOURS);
    return hours <= 0 ? { retentionHours: -1 } : { retentionHours: hours, expiresMs: Date.now() + hours * HOUR_MS };
  }

  private async run(): Promise<void> {
    for (let tick = 0; !this.stopping; tick += 1) {
      this.coordinator.tick();
      this.clones.tick();
      if (tick % TICKS_PER_SCAN === 0) {
        await this.look().catch((error: unknown) => {
          this.report(`looking at the databases: ${error instanceof Error ? error.message : String(error)}`);
        });
      }
      await sleep(TICK_MS);
    }
  }

  private async look(): Promise<void> {
    await this.databases.refresh();
    await this.schedules.tick();
  }
}
