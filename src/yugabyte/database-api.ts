import type { Micros } from './micros';

/** `ysql` is PostgreSQL-compatible, `ycql` Cassandra-compatible. */
export type Api = 'ysql' | 'ycql';

export interface AskOptions {
  signal?: AbortSignal | undefined;
  /** Each statement or tool; default `timeouts.commandMs`. */
  timeoutMs?: number | undefined;
}

export interface ReadOptions extends AskOptions {
  /** How long a lock is waited for, where a reader can meet one; default: as long as for anything. */
  lockTimeoutMs?: number | undefined;
  /** Reads as of this moment, where `readsAtMoment` says so. */
  readTimeMicros?: Micros | undefined;
}

export interface TableName {
  /** Empty in a language without schemas. */
  schema: string;
  name: string;
}

/** A table, a view with rows or an index that somebody created. */
export interface StoredTable extends TableName {
  kind: 'table' | 'partitionedTable' | 'matview' | 'index' | 'partitionedIndex';
  /** As the masters know it; absent where the language itself was asked. */
  id?: string;
  /** The index of a primary key, which is kept in the table itself. */
  primaryKey: boolean;
  /** Made by an extension. */
  ofExtension: boolean;
  /** Has rows that can be read; a materialized view made WITH NO DATA has none. */
  populated: boolean;
  /** Names its storage: another one after TRUNCATE, REFRESH or another command that writes it anew; empty: not told. */
  storage: string;
  /** Rows as the planner guesses; 0 or -1 where nobody has counted. */
  estimatedRows: number;
}

/** Reads the tables of one database, over connections that are kept from one table to the next. */
export interface TableReader {
  /** So many may be read at once. */
  readonly atOnce: number;
  tables(options?: AskOptions): Promise<StoredTable[] | undefined>;
  /** Rows of a table, by a full read. */
  count(table: TableName, options?: ReadOptions): Promise<number>;
  /** Rows of a table, and a digest of their values that does not depend on their order. */
  digest(table: TableName, options?: ReadOptions): Promise<{ rows: number; digest: string }>;
}

/**
 * What Kalpa asks of databases, in one language; `name` is always the bare name. What a language doesn't have is
 * answered as such (no sessions, no invalid indexes), so that a caller need not know which one it talks to. Where two
 * procedures differ as a whole, the caller chooses by
 * `contract`'s `languageOf`.
 */
export interface DatabaseApi {
  readonly api: Api;
  /** Client tools that it needs beside yb-admin. */
  readonly tools: readonly string[];

  /** It answers and lets us in. */
  letIn(options?: AskOptions): Promise<void>;
  /** Names of the databases that are nobody's own but users'. */
  list(options?: AskOptions): Promise<string[]>;
  exists(name: string, options?: AskOptions): Promise<boolean>;
  /** What is stored in a database; undefined: there is no such database. */
  tables(name: string, options?: AskOptions): Promise<StoredTable[] | undefined>;
  reading<T>(name: string, work: (reader: TableReader) => Promise<T>): Promise<T>;
  /** Whether rows can be read as of a moment. */
  readsAtMoment(name: string, options?: AskOptions): Promise<boolean>;
  /** Tables whose rows go by themselves when their time has come. */
  expiringTables(name: string, options?: AskOptions): Promise<TableName[]>;
  /** Indexes whose build failed or still runs. */
  invalidIndexes(name: string, options?: AskOptions): Promise<TableName[]>;
  /** Tables and sequences that our user may not read. */
  unreadable(name: string, options?: AskOptions): Promise<string[]>;

  /**
   * Whether the schema can be told as of a moment (`readTimeMicros`). One that is no longer kept fails with "Snapshot
   * too old".
   */
  tellsPastSchema(name: string, options?: AskOptions): Promise<boolean>;
  /** The schema as text: as it would be loaded, or for people where a snapshot brings its own. */
  definitions(name: string, options?: Pick<ReadOptions, 'signal' | 'timeoutMs' | 'readTimeMicros'>): Promise<Buffer>;
  /** SHA-256 in hex of the schema: equal digests, equal schemas. */
  schemaDigest(name: string, options?: AskOptions): Promise<string>;
  /** Equal before and after: no DDL in between that moves it. */
  catalogVersion(name: string, options?: AskOptions): Promise<string>;

  /** The cluster's clock, or this machine's where the language tells no time. */
  clock(options?: AskOptions): Promise<Micros>;
  /** Sessions of others, at the node that was asked. */
  sessions(name: string, options?: AskOptions): Promise<number>;
  /** Ends them: a transaction of theirs could outlive what is about to happen. Returns how many. */
  endSessions(name: string, options?: AskOptions): Promise<number>;

  /** Starts a snapshot and returns at once. `tables`: only these, with their indexes, where the language can. */
  createSnapshot(
    name: string,
    options?: AskOptions & { tables?: readonly string[] | undefined; retentionHours?: number | undefined },
  ): Promise<{ snapshotId: string }>;
  /** Whether a rewind brings the schema back too. */
  rewindsSchema(options?: AskOptions): Promise<boolean>;
  /** Drops a database with all that is in it; what is gone already is no failure. */
  drop(name: string, options?: AskOptions): Promise<void>;
}
