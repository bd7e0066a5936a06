import type { Micros } from './micros';

/** `ysql` is PostgreSQL-compatible, `ycql` Cassandra-compatible. */
export type Api = 'ysql' | 'ycql';

export interface AskOptions {
  signal?: AbortSignal | undefined;
  /** For each statement or tool; default `timeouts.commandMs`. */
  timeoutMs?: number | undefined;
}

export interface ReadOptions extends AskOptions {
  /** How long to wait for a lock, in reads that can meet one; default: the limit of the statement. */
  lockTimeoutMs?: number | undefined;
  /** Reads as of this moment, if `readsAtMoment` allows it. */
  readTimeMicros?: Micros | undefined;
}

export interface TableName {
  /** Empty in YCQL, which has no schemas. */
  schema: string;
  name: string;
}

/** A table, a view with rows, or an index created by a user. */
export interface StoredTable extends TableName {
  kind: 'table' | 'partitionedTable' | 'matview' | 'index' | 'partitionedIndex';
  /** As the masters know it; absent if the tables were listed through the language itself. */
  id?: string;
  /** The index of a primary key, which is stored in the table itself. */
  primaryKey: boolean;
  /** Created by an extension. */
  ofExtension: boolean;
  /** Has rows that can be read; a materialized view created WITH NO DATA has none. */
  populated: boolean;
  /** Identifies its storage, which TRUNCATE, REFRESH and other commands that rewrite it replace; empty: unknown. */
  storage: string;
  /** The planner's estimate; 0 or -1 if there are no statistics. */
  estimatedRows: number;
}

/** Reads the tables of one database, over connections that are reused from table to table. */
export interface TableReader {
  /** How many tables may be read at once. */
  readonly atOnce: number;
  tables(options?: AskOptions): Promise<StoredTable[] | undefined>;
  /** Rows of a table, by a full read. */
  count(table: TableName, options?: ReadOptions): Promise<number>;
  /** Rows of a table, and a digest of their values that does not depend on their order. */
  digest(table: TableName, options?: ReadOptions): Promise<{ rows: number; digest: string }>;
}

/**
 * What Kalpa asks of databases, in either language; `name` is always the bare name. Features that a language lacks are
 * answered as such (no sessions, no invalid indexes), so that callers need not know which language they use. Where
 * whole procedures differ, the caller chooses by `contract`'s `languageOf`.
 */
export interface DatabaseApi {
  readonly api: Api;
  /** Client tools that it needs besides yb-admin. */
  readonly tools: readonly string[];

  /** Connects, to show that the server answers and accepts the login. */
  logIn(options?: AskOptions): Promise<void>;
  /** Names of user databases. */
  list(options?: AskOptions): Promise<string[]>;
  exists(name: string, options?: AskOptions): Promise<boolean>;
  /** The tables of a database; undefined: there is no such database. */
  tables(name: string, options?: AskOptions): Promise<StoredTable[] | undefined>;
  reading<T>(name: string, work: (reader: TableReader) => Promise<T>): Promise<T>;
  /** Whether rows can be read as of a moment. */
  readsAtMoment(name: string, options?: AskOptions): Promise<boolean>;
  /** Tables whose rows expire by themselves (TTL). */
  expiringTables(name: string, options?: AskOptions): Promise<TableName[]>;
  /** Indexes whose build failed or is still running. */
  invalidIndexes(name: string, options?: AskOptions): Promise<TableName[]>;
  /** Tables and sequences that our user may not read. */
  unreadable(name: string, options?: AskOptions): Promise<string[]>;

  /**
   * Whether the schema can be read as of a moment (`readTimeMicros`). A moment outside history retention fails with
   * "Snapshot too old".
   */
  readsPastSchema(name: string, options?: AskOptions): Promise<boolean>;
  /** The schema as text: loadable, or for people to read where a snapshot contains its own. */
  definitions(name: string, options?: Pick<ReadOptions, 'signal' | 'timeoutMs' | 'readTimeMicros'>): Promise<Buffer>;
  /** SHA-256 in hex of the schema: equal digests mean equal schemas. */
  schemaDigest(name: string, options?: AskOptions): Promise<string>;
  /** Equal before and after: no DDL in between that increments it. */
  catalogVersion(name: string, options?: AskOptions): Promise<string>;

  /** The cluster's clock, or this machine's if the language does not report the time. */
  clock(options?: AskOptions): Promise<Micros>;
  /** Sessions of others, on the node that was asked. */
  sessions(name: string, options?: AskOptions): Promise<number>;
  /**
   * Ends the sessions of others: one of their transactions could outlive the change to come. Returns how many it ended.
   */
  endSessions(name: string, options?: AskOptions): Promise<number>;

  /** Starts a snapshot and returns at once. `tables`: only these, with their indexes, if the language allows it. */
  createSnapshot(
    name: string,
    options?: AskOptions & { tables?: readonly string[] | undefined; retentionHours?: number | undefined },
  ): Promise<{ snapshotId: string }>;
  /** Whether a rewind also reverts the schema. */
  rewindsSchema(options?: AskOptions): Promise<boolean>;
  /** Drops a database with everything in it; a missing one is not a failure. */
  drop(name: string, options?: AskOptions): Promise<void>;
}
