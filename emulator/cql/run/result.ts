import type { UserType } from '../values/types';
import type { Stored } from '../values/values';

/** Rows as they are stored; the client makes text of them, as the real ycqlsh does. */
export interface CqlRows {
  columns: { name: string; type: string }[];
  rows: Stored[][];
  types: UserType[];
}

export type CqlResult =
  | { kind: 'void' }
  | { kind: 'keyspace'; keyspace: string }
  /** `select`: with a count of rows behind it; `applied`: the answer of IF [NOT] EXISTS. */
  | ({ kind: 'select' | 'applied' } & CqlRows);
