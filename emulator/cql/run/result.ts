import type { UserType } from '../values/types';
import type { Stored } from '../values/values';

/** Rows as they are stored; the client formats them, as the real ycqlsh does. */
export interface CqlRows {
  columns: { name: string; type: string }[];
  rows: Stored[][];
  types: UserType[];
  /** The table that was read. */
  from?: { keyspace: string; table: string };
  /** Where the next page begins; absent: this is the last. */
  next?: Buffer;
}

/** What DDL changed, as the native protocol reports it (SCHEMA_CHANGE). */
export interface SchemaChange {
  change: 'CREATED' | 'UPDATED' | 'DROPPED';
  keyspace: string;
  /** Absent: the keyspace itself. */
  object?: { kind: 'TABLE' | 'TYPE'; name: string };
}

export type CqlResult =
  | { kind: 'void' }
  | { kind: 'keyspace'; keyspace: string }
  | ({ kind: 'schema' } & SchemaChange)
  /** `select`: with a count of rows behind it; `applied`: the answer of IF [NOT] EXISTS. */
  | ({ kind: 'select' | 'applied' } & CqlRows);
