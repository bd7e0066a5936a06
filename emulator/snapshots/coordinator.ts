import { rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import type { Cluster } from '../cluster';
import { replicasOf, removeTableDirs } from '../journal/write-lines';
import { FOREVER } from '../journal/live-rows';
import { forEachOf } from '../mutex';
import { snapshotDir } from '../paths';
import { has } from '../releases';
import { standingAt, withHidden } from '../time-travel/content-at';
import { forgetSchema, withSchemaOfMoment } from '../time-travel/schema-of-snapshot';
import { rebuildSchema } from '../time-travel/rebuild-schema';
import type { DatabaseState, RestorationState, SnapshotState, TableState } from '../state';
import { asPostgresTakesIt } from '../ysql/binary-restore';
import { makeCheckpoint } from './checkpoint';
import { readSnapshot, ReplicasDisagree, TserverDied, writeRows } from './restore-rows';

const WIDTH = 16;
const RETRY_MS = 300;
const MINIMUM_ALIVE = 2;

/**
 * Moves snapshots and restorations from state to state, as the master's snapshot coordinator does. Everything that it
 * needs is in the saved state.
 */
export class SnapshotCoordinator {
  private readonly running = new Map<string, Promise<void>>();

  constructor(private readonly cluster: Cluster) {}

  /** Checks everything once, and starts whatever is due. */
  tick(): void {
    const { state, timing } = this.cluster;
    const now = Date.now();
    for (const snapshot of state.snapshots) {
      if (
        snapshot.state === 'COMPLETE' &&
        snapshot.expiresMs !== undefined &&
        snapshot.expiresMs <= now &&
        !this.isRestoring(snapshot.id)
      ) {
        snapshot.state = 'DELETING';
        this.cluster.save();
      }
      if (snapshot.state === 'CREATING')
        this.begin(snapshot.id, async () => {
          await this.create(snapshot);
        });
      if (snapshot.state === 'DELETING')
        this.begin(snapshot.id, async () => {
          await this.remove(snapshot);
        });
    }
    const deleted = state.snapshots.filter(
      (one) => one.state === 'DELETED' && (one.deletedMs ?? 0) + timing.deleteMs <= now,
    );
    if (deleted.length > 0) {
      state.snapshots = state.snapshots.filter((one) => !deleted.includes(one));
      this.cluster.save();
    }
    for (const restoration of state.restorations) {
      if (restoration.state === 'RESTORING')
        this.begin(restoration.id, async () => {
          await this.restore(restoration);
        });
    }
  }

  isRestoring(snapshotId: string): RestorationState | undefined {
    return this.cluster.state.restorations.find((one) => one.snapshotId === snapshotId && one.state === 'RESTORING');
  }

  /** Waits until running work has ended. */
  async settle(): Promise<void> {
    await Promise.all(this.running.values());
  }

  /** A restarted tserver creates the directories of snapshots that it missed. */
  async catchUp(tserver: number): Promise<void> {
    for (const snapshot of this.cluster.state.snapshots)
      if (snapshot.state === 'COMPLETE' && !snapshot.imported) await this.makeDirectories(snapshot, tserver);
  }

  /** Those of the snapshot's tables that still exist. */
  private standing(snapshot: SnapshotState): TableState[] {
    const database = this.cluster.state.databases.find(({ oid }) => oid === snapshot.databaseOid);
    const there = new Set([...(database?.tables ?? []), ...(database?.hidden ?? [])].map(({ id }) => id));
    return withHidden(snapshot).tables.filter(({ id }) => there.has(id));
  }

  private begin(key: string, work: () => Promise<void>): void {
    if (this.running.has(key)) return;
    const run = work()
      .catch(async (error: unknown) => {
        this.cluster.report(`snapshot coordinator, ${key}: ${error instanceof Error ? error.message : String(error)}`);
        await sleep(RETRY_MS, undefined, { ref: false });
      })
      .finally(() => this.running.delete(key));
    this.running.set(key, run);
  }

  private async create(snapshot: SnapshotState): Promise<void> {
    const { cluster } = this;
    if (!cluster.state.databases.some(({ oid }) => oid === snapshot.databaseOid)) {
      this.fail(snapshot);
      return;
    }
    await withSchemaOfMoment(cluster, snapshot, async () => {
      await this.takeMoment(snapshot);
    });
    const left = snapshot.createdMs + cluster.timing.snapshotMs - Date.now();
    if (left > 0) await sleep(left, undefined, { ref: false });
    if (cluster.faults.holds('snapshot-stays-creating') || snapshot.state !== 'CREATING') return;
    const fails =
      cluster.faults.strike('snapshot-fails') ??
      (snapshot.scheduleId === undefined ? undefined : cluster.faults.strike('schedule-snapshot-fails'));
    if (fails) {
      this.fail(snapshot);
      return;
    }
    await this.spoil(snapshot);
    snapshot.state = 'COMPLETE';
    cluster.save();
  }

  private async takeMoment(snapshot: SnapshotState): Promise<void> {
    const { cluster } = this;
    await cluster.databases.atMoment(snapshot.databaseOid, async ({ micros, tables, hidden }) => {
      if (snapshot.micros === '') {
        const { onlyTables: only, scheduleId } = snapshot;
        const chosen = tables.filter(
          ({ id, indexedTableId = id }) => only?.includes(id) || only?.includes(indexedTableId),
        );
        const trimmedTo = cluster.state.databases.find(({ oid }) => oid === snapshot.databaseOid)?.trimmedTo;
        Object.assign(snapshot, {
          micros,
          tables: only ? chosen : tables,
          ...(scheduleId === undefined ? {} : { hidden }),
          ...(trimmedTo === undefined ? {} : { keptSince: trimmedTo }),
        });
        cluster.save();
      }
      await this.makeDirectories(snapshot);
    });
  }

  private fail(snapshot: SnapshotState): void {
    snapshot.state = 'FAILED';
    this.cluster.save();
  }

  private async makeDirectories(snapshot: SnapshotState, only?: number): Promise<void> {
    const { disks, options } = this.cluster;
    const places = replicasOf(disks, this.standing(snapshot)).filter(
      ({ tserver }) => (only === undefined || tserver === only) && disks.tservers[tserver]?.alive,
    );
    await forEachOf(places, WIDTH, async (place) => {
      await makeCheckpoint({
        place,
        snapshotId: snapshot.id,
        tablet: place.tablet,
        peer: disks.tservers[place.tserver]?.uuid ?? '',
        micros: snapshot.micros,
        withMetadata: has(options.dialect, 'tabletMetadata'),
      });
    });
  }

  /** Applies the faults that concern snapshot directories. */
  private async spoil(snapshot: SnapshotState): Promise<void> {
    const { faults } = this.cluster;
    const removal = faults.strike('snapshot-directory-gone');
    const half = faults.strike('snapshot-directory-half');
    const late = faults.strike('snapshot-directory-late');
    for (const dir of removal ? this.directories(snapshot, removal) : [])
      await rm(dir, { recursive: true, force: true });
    for (const dir of half ? this.directories(snapshot, half) : []) await rm(`${dir}/CURRENT`, { force: true });
    const lateDirs = late ? this.directories(snapshot, late) : [];
    for (const dir of lateDirs) await rename(dir, `${dir}.tmp`);
    if (late)
      setTimeout(
        () => void Promise.all(lateDirs.map(async (dir) => await rename(`${dir}.tmp`, dir).catch(() => undefined))),
        late.ms ?? 500,
      ).unref();
  }

  private directories(snapshot: SnapshotState, { tserver, all }: { tserver?: number; all?: boolean }): string[] {
    const table =
      snapshot.tables.find(
        (one) => (one.kind === 'r' || one.kind === 'g') && one.tablets.some(({ files }) => files.length > 0),
      ) ?? snapshot.tables[0];
    const places = replicasOf(this.cluster.disks, all ? snapshot.tables : table ? [table] : []);
    return places
      .filter(
        (place) => (all || place.tablet === table?.tablets[0]) && (tserver === undefined || place.tserver === tserver),
      )
      .map((place) => snapshotDir(place, snapshot.id));
  }

  private async remove(snapshot: SnapshotState): Promise<void> {
    const { cluster } = this;
    await sleep(cluster.timing.deleteMs, undefined, { ref: false });
    await forEachOf(replicasOf(cluster.disks, withHidden(snapshot).tables), WIDTH, async (place) => {
      const dir = snapshotDir(place, snapshot.id);
      for (const path of [dir, `${dir}.tmp`]) await rm(path, { recursive: true, force: true });
    });
    await forgetSchema(cluster, snapshot);
    Object.assign(snapshot, { state: 'DELETED', deletedMs: Date.now() });
    const { live } = cluster.schedules;
    if (!live.some(({ databaseOid }) => databaseOid === snapshot.databaseOid))
      await cluster.databases.forgetHidden(snapshot.databaseOid, FOREVER);
    const used = new Set([
      ...cluster.state.databases.flatMap(({ tables, hidden }) => [...tables, ...hidden].map(({ id }) => id)),
      ...cluster.state.snapshots
        .filter((one) => one.state !== 'DELETED')
        .flatMap((one) => withHidden(one).tables.map(({ id }) => id)),
    ]);
    await removeTableDirs(
      cluster.disks,
      withHidden(snapshot)
        .tables.map(({ id }) => id)
        .filter((id) => !used.has(id)),
    );
    cluster.save();
  }

  private async restore(restoration: RestorationState): Promise<void> {
    const { cluster } = this;
    const { state, faults } = cluster;
    const snapshot = state.snapshots.find(({ id }) => id === restoration.snapshotId);
    const database = state.databases.find(({ oid }) => oid === snapshot?.databaseOid);
    if (faults.strike('restoration-fails')) return this.endRestoration(restoration, 'FAILED', 'a fault');
    if (!snapshot) return this.endRestoration(restoration, 'FAILED', 'its snapshot is gone');
    const { tables } = withHidden(snapshot);
    if (!database || (restoration.schema === undefined && this.standing(snapshot).length < tables.length)) {
      if (has(cluster.options.dialect, 'goneTabletsFail'))
        return this.endRestoration(restoration, 'FAILED', 'tablets of it are gone');
      return await this.later(); // the master keeps asking the tservers for them
    }
    if ((snapshot.tabletsRunFromMs ?? 0) > Date.now())
      return this.endRestoration(restoration, 'FAILED', 'its tablets do not run yet');
    if (faults.holds('restoration-hangs')) return await this.later();
    if (state.tservers.some((one) => one.diedOf === restoration.id)) return await this.later();
    if (state.tservers.filter(({ alive }) => alive).length < MINIMUM_ALIVE) return await this.later();
    try {
      await this.putBack(restoration, snapshot, database);
    } catch (error) {
      if (error instanceof TserverDied) return this.kill(error, restoration);
      if (error instanceof ReplicasDisagree || isRefusal(error))
        return this.endRestoration(restoration, 'FAILED', String(error));
      throw error;
    }
    const left = restoration.startedMs + cluster.timing.restoreMs - Date.now();
    if (left > 0) await sleep(left, undefined, { ref: false });
    this.endRestoration(restoration, 'RESTORED');
  }

  private async putBack(
    restoration: RestorationState,
    snapshot: SnapshotState,
    database: DatabaseState,
  ): Promise<void> {
    const { disks, options, databases, state } = this.cluster;
    const micros = minimum(BigInt(restoration.upToMicros), BigInt(snapshot.micros));
    const present = replicasNow(snapshot, database);
    if (restoration.schema === undefined) {
      const current = new Map(database.tables.map((table) => [table.id, table]));
      await writeRows(options.postgres, database.name, await readSnapshot(disks, present, micros), ({ id }) =>
        current.get(id),
      );
      return;
    }
    const contents = standingAt(await readSnapshot(disks, withHidden(present), micros), micros);
    await rebuildSchema(options.postgres, database.name, asPostgresTakesIt(restoration.schema, options.dialect));
    await databases.flush(database.oid);
    const tables = state.databases.find(({ oid }) => oid === database.oid)?.tables ?? [];
    await writeRows(options.postgres, database.name, contents, ({ schema, name }) =>
      tables.find((table) => table.schema === schema && table.name === name),
    );
  }

  /**
   * The restoration hangs in RESTORING; the tserver stays dead until someone starts it, and crashes again if nothing
   * was repaired.
   */
  private kill({ tserver, message }: TserverDied, restoration: RestorationState): void {
    const found = this.cluster.state.tservers[tserver];
    if (found) Object.assign(found, { alive: false, reason: message, diedOf: restoration.id, downSinceMs: Date.now() });
    restoration.reason = message;
    this.cluster.report(
      `F tserver-${tserver + 1} operation_driver.cc:400] T ${restoration.snapshotId} kSnapshot: ${message}`,
    );
    this.cluster.save();
  }

  private endRestoration(restoration: RestorationState, ended: 'RESTORED' | 'FAILED', reason?: string): void {
    restoration.state = ended;
    if (this.cluster.faults.strike('restoration-forgotten'))
      this.cluster.state.restorations = this.cluster.state.restorations.filter(({ id }) => id !== restoration.id);
    if (reason !== undefined) {
      restoration.reason = reason;
      this.cluster.report(`restoration ${restoration.id} ${ended}: ${reason}`);
    }
    this.cluster.save();
  }

  private async later(): Promise<void> {
    await sleep(RETRY_MS, undefined, { ref: false });
  }
}

const minimum = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** PostgreSQL refuses the rows themselves; after a lost connection or a full disk it is retried. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof DatabaseError && !/^(?:08|53|57)/.test(error.code ?? '');

/** The snapshot with the present locations of its tablets: replicas may have moved since. */
export function replicasNow(snapshot: SnapshotState, database: DatabaseState): SnapshotState {
  const present = new Map(database.tables.flatMap(({ tablets }) => tablets.map(({ id, replicas }) => [id, replicas])));
  const tables = snapshot.tables.map((table) => ({
    ...table,
    tablets: table.tablets.map((tablet) => ({ ...tablet, replicas: present.get(tablet.id) ?? tablet.replicas })),
  }));
  return { ...snapshot, tables };
}
