import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { listDatabases, newDatabase } from './catalogue-reader';
import { Faults } from './faults';
import { freshState } from './fresh-state';
import { install, SCHEMA } from './install';
import { Journal, lsnValue } from './journal';
import type { EmulatorOptions } from './options';
import { snapshotDir } from './paths';
import { replaySnapshot, TserverDied } from './restore';
import { withDatabase } from './sql';
import {
  StateFile,
  type ClusterState,
  type DatabaseState,
  type RestorationState,
  type SnapshotState,
  type TableState,
} from './state';
import { Tablets } from './tablets';

const NEW_DATABASE_POLL_MS = 50;
const HOUR_MICROS = 3_600_000_000n;
/** Newer clusters delete a snapshot after 24 h unless told otherwise. */
const DEFAULT_RETENTION_HOURS = 24;

/** The emulated cluster: catalogue, tablets and the work that goes on in the background. */
export class Cluster {
  readonly faults = new Faults();
  readonly state: StateFile;
  readonly tablets: Tablets;
  readonly journal: Journal;
  private stopped = false;
  private readonly work = new Set<Promise<void>>();

  constructor(readonly options: EmulatorOptions) {
    this.state = new StateFile(options.home, freshState);
    this.tablets = new Tablets(options, () => this.catalogue.tservers.map(({ uuid }) => uuid));
    this.journal = new Journal(options, this.state, this.tablets);
  }

  get catalogue(): ClusterState {
    return this.state.value;
  }

  /** Takes up what a kill interrupted, and begins to watch for new databases. */
  async start(): Promise<void> {
    await install(this.options);
    for (const database of this.catalogue.databases) {
      for (const table of database.tables)
        this.tablets.forgetAfter(table, (lsn) => lsnValue(lsn) > lsnValue(database.flushedLsn));
    }
    await this.watchDatabases();
    for (const snapshot of this.catalogue.snapshots) {
      if (snapshot.state === 'CREATING') this.background(this.finishSnapshot(snapshot));
      if (snapshot.state === 'DELETING') this.background(this.finishDeletion(snapshot));
    }
    for (const restoration of this.catalogue.restorations)
      if (restoration.state === 'RESTORING') this.background(this.finishRestoration(restoration));
    this.background(this.keepWatching());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.allSettled(this.work);
  }

  /** Databases as PostgreSQL has them now, each with its slot. */
  async databases(): Promise<DatabaseState[]> {
    await this.watchDatabases();
    return this.catalogue.databases;
  }

  async database(name: string): Promise<DatabaseState | undefined> {
    const found = (await this.databases()).find((one) => one.name === name);
    if (found) await this.journal.refresh(found);
    return found;
  }

  /** Every database with its relations as they are now. */
  async everything(): Promise<DatabaseState[]> {
    for (const database of await this.databases()) await this.journal.refresh(database).catch(() => undefined); // being dropped
    return this.catalogue.databases;
  }

  /** Sum of the databases' versions: any DDL anywhere moves it. */
  async catalogVersion(): Promise<number> {
    let sum = 0;
    for (const { name } of await this.databases()) {
      const rows = await withDatabase(
        this.options,
        name,
        async (query) =>
          await query<{ version: string }>(`SELECT current_version::text AS version FROM ${SCHEMA}.catalog_version`),
      ).catch(() => []);
      sum += Number(rows[0]?.version ?? 0);
    }
    return sum;
  }

  async runSql(database: string, sql: string): Promise<void> {
    await withDatabase(this.options, database, async (query) => {
      await query(sql);
    });
  }

  /** Begins a snapshot. Its moment is when its files are flushed. */
  async createSnapshot(database: DatabaseState, retentionHours: number | undefined): Promise<SnapshotState> {
    const { micros } = await this.journal.flush(database);
    const hours = retentionHours ?? DEFAULT_RETENTION_HOURS;
    const snapshot: SnapshotState = {
      id: randomUUID(),
      state: 'CREATING',
      databaseId: database.id,
      databaseName: database.name,
      micros,
      marker: '',
      imported: false,
      ...(hours > 0 && this.options.dialect !== '2.6'
        ? { expiresAt: String(BigInt(micros) + BigInt(hours) * HOUR_MICROS) }
        : {}),
      tables: structuredClone(database.tables),
    };
    // The checkpoint is one moment: links are made before anything else can flush.
    for (const { table, tablet, tserver } of this.replicas(snapshot.tables)) {
      if (this.catalogue.tservers[tserver]?.alive)
        this.tablets.snapshot(this.tablets.place(tserver, table, tablet), snapshot.id, this.options.dialect);
    }
    this.catalogue.snapshots.push(snapshot);
    this.state.save();
    this.background(this.finishSnapshot(snapshot));
    return snapshot;
  }

  async deleteSnapshot(snapshot: SnapshotState): Promise<void> {
    snapshot.state = 'DELETING';
    this.state.save();
    this.background(this.finishDeletion(snapshot));
    await Promise.resolve();
  }

  restore(snapshot: SnapshotState): RestorationState {
    const restoration: RestorationState = { id: randomUUID(), snapshotId: snapshot.id, state: 'RESTORING' };
    this.catalogue.restorations.push(restoration);
    this.state.save();
    this.background(this.finishRestoration(restoration));
    return restoration;
  }

  setAlive(tserver: number, alive: boolean): void {
    const found = this.catalogue.tservers[tserver];
    if (!found) return;
    found.alive = alive;
    this.state.save();
    // A restoration that hung because of this tserver goes on.
    if (alive)
      for (const restoration of this.catalogue.restorations)
        if (restoration.state === 'RESTORING') this.background(this.finishRestoration(restoration));
  }

  *replicas(
    tables: readonly TableState[],
  ): Generator<{ table: TableState; tablet: TableState['tablets'][number]; tserver: number }> {
    for (const table of tables)
      for (const tablet of table.tablets)
        for (const tserver of this.catalogue.tservers.keys()) yield { table, tablet, tserver };
  }

  private async finishSnapshot(snapshot: SnapshotState): Promise<void> {
    await sleep(this.options.timing?.snapshotMs ?? 100);
    while (this.faults.holds('snapshot-stays-creating') && !this.stopped) await sleep(50);
    if (this.stopped || snapshot.state !== 'CREATING') return;
    snapshot.state = this.faults.strike('snapshot-fails') ? 'FAILED' : 'COMPLETE';
    this.loseDirectories(snapshot);
    this.state.save();
  }

  /** Faults that concern snapshot directories: gone on one replica or all, half filled by a bootstrap. */
  private loseDirectories(snapshot: SnapshotState): void {
    const gone = this.faults.strike('snapshot-directory-gone');
    const half = this.faults.strike('snapshot-directory-half');
    const table = snapshot.tables.find(({ kind }) => kind === 'r');
    const tablet = table?.tablets[0];
    if (!table || !tablet) return;
    const places = (tserver: number | undefined) =>
      (tserver === undefined ? [0, 1, 2] : [tserver]).map((one) =>
        snapshotDir(this.tablets.place(one, table, tablet), snapshot.id),
      );
    if (gone) for (const dir of places(gone.tserver)) rmSync(dir, { recursive: true, force: true });
    if (half) for (const dir of places(half.tserver)) rmSync(`${dir}/CURRENT`, { force: true });
  }

  private async finishDeletion(snapshot: SnapshotState): Promise<void> {
    await sleep(this.options.timing?.deleteMs ?? 100);
    if (this.stopped) return;
    for (const table of snapshot.tables) this.tablets.deleteSnapshot(table, snapshot.id);
    this.catalogue.snapshots.splice(this.catalogue.snapshots.indexOf(snapshot), 1);
    this.state.save();
  }

  private async finishRestoration(restoration: RestorationState): Promise<void> {
    const snapshot = this.catalogue.snapshots.find(({ id }) => id === restoration.snapshotId);
    await sleep(this.options.timing?.restoreMs ?? 100);
    while (this.faults.holds('restoration-hangs') && !this.stopped) await sleep(50);
    if (this.stopped || !snapshot || restoration.state !== 'RESTORING') return;
    if (this.faults.strike('restoration-fails')) restoration.state = 'FAILED';
    else {
      try {
        await replaySnapshot(this.options, this.catalogue, this.tablets, snapshot);
        restoration.state = 'RESTORED';
      } catch (error) {
        process.stderr.write(`F restoration ${restoration.id}: ${(error as Error).message}\n`);
        if (!(error instanceof TserverDied)) restoration.state = 'FAILED';
        else this.setDead(error.tserver);
      }
    }
    this.state.save();
  }

  private setDead(tserver: number): void {
    const found = this.catalogue.tservers[tserver];
    if (found) found.alive = false;
  }

  private async watchDatabases(): Promise<void> {
    const listed = await listDatabases(this.options);
    const { databases } = this.catalogue;
    const before = JSON.stringify(databases.map(({ oid, name }) => [oid, name]));
    const gone = databases.filter(({ oid }) => !listed.some((one) => one.oid === oid));
    for (const database of gone) {
      databases.splice(databases.indexOf(database), 1);
      for (const table of database.tables) this.tablets.drop(table);
    }
    for (const { oid, name } of listed) {
      const known = databases.find((database) => database.oid === oid);
      if (known) known.name = name;
      else databases.push(newDatabase(oid, name));
    }
    for (const database of databases) {
      if (database.flushedLsn === '0/0') await this.journal.open(database).catch(() => undefined); // dropped or locked; looked at again
    }
    if (before !== JSON.stringify(databases.map(({ oid, name }) => [oid, name]))) this.state.save();
  }

  private async keepWatching(): Promise<void> {
    while (!this.stopped) {
      await sleep(NEW_DATABASE_POLL_MS);
      await this.watchDatabases().catch(() => undefined); // PostgreSQL restarts
      this.expire();
    }
  }

  private expire(): void {
    const now = BigInt(Date.now()) * 1000n;
    for (const snapshot of this.catalogue.snapshots) {
      if (snapshot.state === 'COMPLETE' && snapshot.expiresAt !== undefined && BigInt(snapshot.expiresAt) < now)
        this.background(this.deleteSnapshot(snapshot));
    }
  }

  private background(task: Promise<void>): void {
    const kept = task.catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    });
    this.work.add(kept);
    void kept.finally(() => this.work.delete(kept));
  }
}
