import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEachOf, Mutex } from '../mutex';
import type { ConnectionPool } from '../postgres/connection-pool';
import { connect, withDatabase, type Postgres } from '../postgres/connect';
import { MESSAGE, SCHEMA } from '../sql/names';
import type { ClusterState, DatabaseState, HiddenTable, TableState, TabletState } from '../state';
import { has, type Release } from '../releases';
import type { Quiet } from '../ysql/quiet';
import { COLOCATED_TEMPLATE } from '../ysql/yb-syntax';
import { attach } from './attach';
import { Journal } from './journal';
import { liveRows } from './live-rows';
import { advance, lsnText, peek, writeMarker } from './log-reader';
import { makeTabletDirs, removeSplitParents, removeTables, replicasOf, writeLines, type Disks } from './write-lines';

type HashRange = Pick<TabletState, 'start' | 'end'>;

/** A moment in a database's log, with everything before it in tablet files. */
export interface Moment {
  micros: string;
  tables: TableState[];
  /** Dropped tables whose history is kept. */
  hidden: HiddenTable[];
}

/** How long a scan of the databases waits for new ones. */
const PATIENCE_MS = 700;
/** The maximum time that new transactions are blocked, even if a running one keeps a database from being read. */
const QUIET_MS = 20_000;
/** How many databases are brought up to date concurrently. */
const WIDTH = 4;

/** Follows the databases of the cluster: finds new ones, forgets dropped ones, writes their logs into tablet files. */
export class Databases {
  private readonly all = new Mutex();
  private readonly each = new Map<number, Mutex>();
  /** Databases that are about to be followed. */
  private readonly following = new Map<number, { name: string; done: Promise<unknown> }>();
  /** Why the last attempt to follow a database failed; the next scan repeats it. */
  private readonly failed = new Map<string, unknown>();
  /** The server's log position at which all databases were up to date. */
  private upTo: string | undefined;
  /**
   * The current round in which all databases are brought up to date; callers that arrive meanwhile share the next one.
   */
  private flushing: Promise<void> = Promise.resolve();
  private flushingNext: Promise<void> | undefined;

  constructor(
    private readonly postgres: Postgres,
    private readonly connections: ConnectionPool,
    private readonly disks: Disks,
    private readonly state: ClusterState,
    private readonly save: () => void,
    private readonly quiet: Quiet,
    private readonly release: Release,
  ) {}

  /**
   * Lists the databases and begins to follow new ones; most are followed when this returns. It does not wait long: a
   * slot can't be created before every writing transaction has ended, and that must not delay the other databases.
   */
  async refresh(): Promise<void> {
    await this.all.run(async () => {
      const found = await this.list();
      for (const database of [...this.state.databases]) {
        const still = found.find(({ oid }) => oid === database.oid);
        if (still === undefined) await this.forget(database);
        else if (still.name !== database.name) {
          database.name = still.name;
          this.save();
        }
      }
      for (const { oid, name } of found) {
        if (this.state.databases.some((known) => known.oid === oid) || this.following.has(oid)) continue;
        this.failed.delete(name);
        const done = this.follow(oid, name)
          .catch((error: unknown) => void this.failed.set(name, error))
          .finally(() => this.following.delete(oid));
        this.following.set(oid, { name, done });
      }
    });
    const started = [...this.following.values()].map(({ done }) => done);
    if (started.length > 0) await Promise.race([Promise.all(started), sleep(PATIENCE_MS, undefined, { ref: false })]);
  }

  /** The followed database of a name; undefined if there is none. Fails if it can't be followed. */
  async named(name: string): Promise<DatabaseState | undefined> {
    await this.refresh();
    for (const { name: other, done } of [...this.following.values()]) if (other === name) await done;
    const found = this.state.databases.find((database) => database.name === name);
    const failed = this.failed.get(name); // removed by the next scan
    if (!found && failed !== undefined && (await this.list()).some((other) => other.name === name)) throw failed;
    return found;
  }

  /** Begins to follow a database that is not followed yet; a failure is reported elsewhere. */
  async followed(name: string): Promise<void> {
    if (!this.state.databases.some((database) => database.name === name)) await this.named(name).catch(() => undefined);
  }

  /** Brings the tablet files of a database up to date. Fails with PostgreSQL's error; then nothing has changed. */
  async flush(oid: number): Promise<void> {
    await this.atMoment(oid, () => Promise.resolve());
  }

  /** Brings a database's tablet files up to date and works on them before anything else changes them. */
  async atMoment<T>(oid: number, work: (moment: Moment) => Promise<T>): Promise<T> {
    return await this.mutexOf(oid).run(async () => await work(await this.flushNow(this.byOid(oid))));
  }

  /** Gives tables other hash ranges, and so new tablets, and moves their rows there. Only inside `atMoment`. */
  async retile(oid: number, ranges: ReadonlyMap<string, readonly HashRange[]>): Promise<TableState[]> {
    const database = this.byOid(oid);
    const journal = new Journal(structuredClone(database));
    const { tables } = journal.database;
    for (const table of tables) {
      const wanted = ranges.get(table.id);
      if (!wanted || sameRanges(wanted, table.tablets)) continue;
      const rows = table.kind === 'i' ? [] : await liveRows(this.disks, table, tables);
      journal.retile(table, wanted);
      for (const row of rows) journal.insert(table, row);
    }
    await makeTabletDirs(replicasOf(this.disks, tables));
    await writeLines(this.disks, tables, journal.lines);
    this.replace(database, journal.database);
    await removeSplitParents(this.disks, journal.removed);
    return structuredClone(tables);
  }

  /** Brings all databases up to date; one that is dropped meanwhile is left out. */
  async flushAll(): Promise<void> {
    this.flushingNext ??= this.flushing.then(async () => {
      this.flushingNext = undefined;
      const done = this.flushEach();
      this.flushing = done.catch(() => undefined);
      await done;
    });
    await this.flushingNext;
  }

  private async flushEach(): Promise<void> {
    await this.refresh();
    const now = await this.endOfLog();
    if (now === this.upTo) return; // nothing was committed anywhere
    await forEachOf([...this.state.databases], WIDTH, async ({ oid }) => {
      try {
        await this.mutexOf(oid).run(async () => {
          await this.readLog(this.byOid(oid), now);
        });
      } catch (error) {
        if ((await this.list()).some((other) => other.oid === oid)) throw error;
      }
    });
    this.upTo = now;
  }

  /**
   * The end of the log, which includes everything committed: PostgreSQL acknowledges a commit only once it is written.
   */
  private async endOfLog(): Promise<string> {
    const [row] = await this.connections.read<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
    return row?.lsn ?? '';
  }

  /** The number that yb-admin's ysql_catalog_version prints: it counts the DDL of all databases and never decreases. */
  async catalogVersion(): Promise<number> {
    await this.refresh();
    const before = this.state.databases.map(({ catalogVersion }) => catalogVersion).join();
    for (const database of this.state.databases.filter(({ keyspace }) => keyspace === undefined))
      database.catalogVersion = await this.versionOf(database.name);
    if (this.state.databases.map(({ catalogVersion }) => catalogVersion).join() !== before) this.save();
    return this.state.databases.reduce((sum, database) => sum + ddlOf(database), this.state.catalogVersionBase + 1);
  }

  private async versionOf(name: string): Promise<number> {
    return await withDatabase(this.postgres, name, async (client) => {
      const { rows } = await client.query<{ current_version: string }>(
        `SELECT current_version FROM ${SCHEMA}.catalog_version`,
      );
      return Number(rows[0]?.current_version ?? 1);
    });
  }

  private async list(): Promise<{ oid: number; name: string }[]> {
    const rows = await this.connections.read<{ oid: string; name: string }>(
      `SELECT oid::text AS oid, datname AS name FROM pg_database
        WHERE datallowconn AND datname <> ALL ($1) ORDER BY oid`,
      [['template0', 'template1', ...Object.values(COLOCATED_TEMPLATE)]],
    );
    return rows.map(({ oid, name }) => ({ oid: Number(oid), name }));
  }

  private async follow(oid: number, name: string): Promise<void> {
    const journal = await attach(
      this.postgres,
      oid,
      name,
      async (database, work) => await this.quiet.atMost(QUIET_MS, database, work),
    );
    await makeTabletDirs(replicasOf(this.disks, journal.database.tables));
    await writeLines(this.disks, journal.database.tables, journal.lines);
    this.state.databases.push(journal.database);
    this.save();
  }

  /**
   * A dropped database disappears at once with all its tables, hidden ones too, whatever snapshots exist of it, in
   * every release (`DeleteYsqlDBTables` of src/yb/master/catalog_manager.cc: “We don't retain tables dropped due to a
   * drop database even if there are active snapshots”, commit 009b2dda77; 92ed992cd9 does the same). The snapshots
   * stay.
   */
  private async forget(database: DatabaseState): Promise<void> {
    this.state.databases.splice(this.state.databases.indexOf(database), 1);
    if (database.keyspace === undefined) {
      this.state.catalogVersionBase += ddlOf(database) + 1; // DROP DATABASE is DDL too
      this.state.droppedDatabases = [...(this.state.droppedDatabases ?? []), { id: database.id, name: database.name }];
    }
    this.save();
    await removeTables(this.disks, [...database.tables, ...database.hidden]);
  }

  /** Replaces a database's state, unless it was dropped meanwhile. */
  private replace(old: DatabaseState, next: DatabaseState): void {
    const at = this.state.databases.indexOf(old);
    if (at === -1) throw new Error(`Database ${old.name} was dropped.`);
    this.state.databases[at] = next;
    this.save();
  }

  /**
   * Forgets tables that were dropped before a moment, with their files, except those that a snapshot covers. Nothing
   * else changes the database meanwhile.
   */
  async forgetHidden(oid: number, beforeMicros: bigint): Promise<void> {
    await this.mutexOf(oid).run(async () => {
      const database = this.state.databases.find((one) => one.oid === oid);
      const forgotten =
        database?.hidden.filter(
          (table) => BigInt(table.droppedMicros) < beforeMicros && !this.isInSnapshot(oid, table.id),
        ) ?? [];
      if (!database || forgotten.length === 0) return;
      database.hidden = database.hidden.filter((table) => !forgotten.includes(table));
      this.save();
      await removeTables(this.disks, forgotten);
    });
  }

  private mutexOf(oid: number): Mutex {
    const mutex = this.each.get(oid) ?? new Mutex();
    this.each.set(oid, mutex);
    return mutex;
  }

  private keepsHistory({ oid }: DatabaseState): boolean {
    return this.state.schedules.some(({ databaseOid, deletedMs }) => databaseOid === oid && deletedMs === undefined);
  }

  /** A snapshot that exists, or is being taken, covers this table, and this release keeps the table for it. */
  private isInSnapshot(databaseOid: number, tableId: string): boolean {
    return (
      has(this.release, 'snapshotsKeepTables') &&
      this.state.snapshots.some(
        (one) =>
          one.databaseOid === databaseOid &&
          (one.state === 'CREATING' || one.state === 'COMPLETE') &&
          one.tables.some(({ id }) => id === tableId),
      )
    );
  }

  private byOid(oid: number): DatabaseState {
    const database = this.state.databases.find((one) => one.oid === oid);
    if (!database) throw new Error(`There is no database with oid ${oid}.`);
    return database;
  }

  private async flushNow(database: DatabaseState): Promise<Moment> {
    const client = await connect(this.postgres, database.name);
    try {
      const marker = randomUUID();
      await writeMarker(client, marker);
      for (;;) {
        const round = await this.readRound(client, this.byOid(database.oid), marker);
        if (round) return round;
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /**
   * Everything in the log, without a moment of its own. The slot advances past what other databases have written;
   * otherwise each round would read it again.
   */
  private async readLog({ oid, name, slot }: DatabaseState, endOfLog: string): Promise<void> {
    const client = await connect(this.postgres, name);
    try {
      while ((await this.readRound(client, this.byOid(oid), undefined)) === undefined);
      await advance(client, slot, endOfLog);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /**
   * One round of the log: files, then the state, then the slot. Returns the moment at which the marker was reached;
   * without a marker, the last one when the log is exhausted.
   */
  private async readRound(
    client: Awaited<ReturnType<typeof connect>>,
    database: DatabaseState,
    marker: string | undefined,
  ): Promise<Moment | undefined> {
    const keepsHistory = this.keepsHistory(database);
    const journal = new Journal(structuredClone(database), keepsHistory);
    const draft = journal.database;
    const before = new Set(draft.tables.map(({ id }) => id));
    let met = false;
    let behind: bigint | undefined;
    let skipping = false;
    const { changes, whole } = await peek(client, database.slot);
    for (const change of changes) {
      if (change.kind === 'begin') {
        if (met) break;
        skipping = change.lsn <= BigInt(draft.flushedLsn);
        if (!skipping) {
          journal.begin(change.micros);
          draft.flushedLsn = String(change.lsn);
        }
      }
      if (change.kind === 'commit') behind = change.endLsn;
      if (skipping && change.kind !== 'relation') continue;
      if (change.kind === 'message' && change.prefix === MESSAGE.marker) met ||= change.content === marker;
      else journal.apply(change);
    }
    if (marker === undefined) met = whole;
    if (behind === undefined) {
      if (marker === undefined) return momentOf(database);
      throw new Error(`The log of database ${database.name} ended before the marker ${marker}.`);
    }
    journal.finish();
    await makeTabletDirs(
      replicasOf(
        this.disks,
        draft.tables.filter(({ id }) => !before.has(id)),
      ),
    );
    await writeLines(this.disks, [...draft.tables, ...(keepsHistory ? journal.removed : [])], journal.lines);
    const kept = journal.removed.filter(({ id }) => keepsHistory || this.isInSnapshot(database.oid, id));
    draft.hidden.push(...kept);
    Object.assign(draft, {
      name: database.name,
      catalogVersion: database.catalogVersion,
      schemas: database.schemas,
    }); // may have moved meanwhile
    this.replace(database, draft);
    await removeTables(
      this.disks,
      journal.removed.filter((table) => !kept.includes(table)),
    );
    await advance(client, draft.slot, lsnText(behind));
    return met ? momentOf(draft) : undefined;
  }
}

const momentOf = ({ hybridMicros, tables, hidden }: DatabaseState): Moment => ({
  micros: hybridMicros,
  tables: structuredClone(tables),
  hidden: structuredClone(hidden),
});

const sameRanges = (one: readonly HashRange[], other: readonly HashRange[]): boolean =>
  one.length === other.length && one.every(({ start, end }, i) => start === other[i]?.start && end === other[i]?.end);

/** How often DDL has raised a database's version. */
const ddlOf = ({ catalogVersion = 1 }: DatabaseState): number => catalogVersion - 1;
