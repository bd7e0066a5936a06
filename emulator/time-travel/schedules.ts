import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster';
import { FOREVER } from '../journal/live-rows';
import type { DatabaseState, RestorationState, ScheduleState, SnapshotState } from '../state';
import { noteSchema, schemaAt } from './schema-history';

const MINUTE_MS = 60_000;
const POLL_MS = 20;
/** How long a deleted schedule stays listed, at least (30 s in the real cluster). */
const DELETED_LISTED_MS = 5_000;

/** Not earlier than any moment up to now, µs: the clock here has whole milliseconds. */
export const endOfNow = (): bigint => BigInt(Date.now() + 1) * 1000n;

/**
 * Snapshot schedules: they take snapshots, keep the history between them, and rewind their database. Everything is in
 * the saved state.
 */
export class Schedules {
  constructor(private readonly cluster: Cluster) {}

  /** Those that are not deleted. */
  get live(): ScheduleState[] {
    return this.cluster.state.schedules.filter(({ deletedMs }) => deletedMs === undefined);
  }

  async create(database: DatabaseState, intervalMinutes: number, retentionMinutes: number): Promise<ScheduleState> {
    const schedule: ScheduleState = {
      id: randomUUID(),
      databaseOid: database.oid,
      databaseName: database.name,
      intervalMinutes,
      retentionMinutes,
      createdMs: Date.now(),
    };
    this.cluster.state.schedules.push(schedule);
    this.cluster.save();
    await noteSchema(this.cluster, database.oid);
    return schedule;
  }

  /** Deletes a schedule with its snapshots. */
  delete(schedule: ScheduleState): void {
    schedule.deletedMs = Date.now();
    for (const snapshot of this.snapshotsOf(schedule)) if (snapshot.state === 'COMPLETE') snapshot.state = 'DELETING';
    this.cluster.save();
  }

  /** Oldest first; deleted ones left out. */
  snapshotsOf({ id }: ScheduleState): SnapshotState[] {
    return this.cluster.state.snapshots
      .filter(({ scheduleId, state }) => scheduleId === id && state !== 'DELETED' && state !== 'DELETING')
      .sort((a, b) => a.createdMs - b.createdMs);
  }

  /** Takes the snapshots that are due, and deletes those older than the retention. */
  async tick(): Promise<void> {
    const { state } = this.cluster;
    await this.forgetDeleted();
    if (this.cluster.faults.holds('schedule-stops')) return;
    for (const schedule of this.live) {
      const database = state.databases.find(({ oid }) => oid === schedule.databaseOid);
      if (!database) continue;
      await noteSchema(this.cluster, database.oid);
      const snapshots = this.snapshotsOf(schedule);
      const last = snapshots.at(-1);
      if (!last || last.createdMs + schedule.intervalMinutes * MINUTE_MS <= Date.now()) this.snapshot(schedule);
      const oldest = Date.now() - schedule.retentionMinutes * MINUTE_MS;
      for (const snapshot of snapshots.slice(0, -1))
        if (snapshot.state === 'COMPLETE' && snapshot.createdMs < oldest) this.cluster.deleteSnapshot(snapshot);
      await this.cluster.databases.forgetHidden(database.oid, BigInt(oldest) * 1000n);
    }
  }

  /** A deleted schedule leaves the list once its snapshots are gone, and so does the history that was kept for it. */
  private async forgetDeleted(): Promise<void> {
    const { state } = this.cluster;
    for (const schedule of state.schedules.filter(
      ({ deletedMs = Date.now() }) => deletedMs + DELETED_LISTED_MS <= Date.now(),
    )) {
      const takenMeanwhile = this.snapshotsOf(schedule).filter(({ state: phase }) => phase === 'COMPLETE');
      for (const snapshot of takenMeanwhile) this.cluster.deleteSnapshot(snapshot);
      if (state.snapshots.some(({ scheduleId, state: phase }) => scheduleId === schedule.id && phase !== 'DELETED'))
        continue;
      const database = state.databases.find(({ oid }) => oid === schedule.databaseOid);
      if (database && !this.live.some(({ databaseOid }) => databaseOid === database.oid)) {
        database.schemas.splice(0);
        await this.cluster.databases.forgetHidden(database.oid, FOREVER);
      }
      state.schedules = state.schedules.filter((one) => one !== schedule);
      this.cluster.save();
    }
  }

  /** Takes a snapshot now, unless one is being taken. */
  snapshot(schedule: ScheduleState): SnapshotState | undefined {
    const { state } = this.cluster;
    const database = state.databases.find(({ oid }) => oid === schedule.databaseOid);
    if (!database || state.snapshots.some((one) => one.state === 'CREATING')) return undefined;
    if (database.tables.length === 0 && database.hidden.length === 0) return undefined; // dropped tables count, too
    return this.cluster.createSnapshot(database, -1, { scheduleId: schedule.id });
  }

  /**
   * The moments to which its database can be restored, µs: from its oldest complete snapshot until now; undefined
   * before there is one.
   */
  windowOf(schedule: ScheduleState): { from: bigint; to: bigint } | undefined {
    const oldest = this.snapshotsOf(schedule).find(({ state }) => state === 'COMPLETE');
    return oldest && { from: BigInt(oldest.micros), to: endOfNow() };
  }

  /** The oldest complete snapshot that reaches up to a moment; if there is none, one is taken. Fails if none can be. */
  async snapshotFor(schedule: ScheduleState, micros: bigint): Promise<SnapshotState> {
    for (;;) {
      const { databases } = this.cluster.state;
      if (!this.live.includes(schedule)) throw new Error(`Snapshot schedule ${schedule.id} was deleted.`);
      if (!databases.some(({ oid }) => oid === schedule.databaseOid))
        throw new Error(`Database ${schedule.databaseName} was dropped.`);
      const found = this.snapshotsOf(schedule).find((one) => one.state === 'COMPLETE' && BigInt(one.micros) >= micros);
      if (found) return found;
      this.snapshot(schedule);
      await sleep(POLL_MS);
    }
  }

  /** Rewinds the database in place. `withSchema`: its schema too. */
  async restore(schedule: ScheduleState, micros: bigint, withSchema: boolean): Promise<RestorationState> {
    const snapshot = await this.snapshotFor(schedule, micros);
    await noteSchema(this.cluster, schedule.databaseOid);
    const database = this.cluster.state.databases.find(({ oid }) => oid === schedule.databaseOid);
    const schema = withSchema && database ? schemaAt(database, micros) : undefined;
    return this.cluster.restore(snapshot, micros, schema);
  }
}
