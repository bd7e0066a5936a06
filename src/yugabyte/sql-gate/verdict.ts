import type { QualifiedName } from '../ysql/session/quote';
import type { Statement } from '../ysql-dump/scan/scan-sql';

/** What a text is: a database's own dump, rows for tables that are there, or the roles of a cluster. */
export type GatedContent = 'database' | 'rows' | 'roles';

/** What a statement is judged by. */
export interface GateContext {
  content: GatedContent;
  /** The database that the text may make and change. */
  database: string;
  /** Behind `\connect` (rows: from the beginning): what is made lies in that database. */
  connected: boolean;
  /** Of rows alone: the tables that they may go into. Absent: any. */
  rowsInto?: ((table: QualifiedName) => boolean) | undefined;
  /** Behind `SET yb_binary_restore = true`: a dump with YugabyteDB's metadata. */
  restoring?: boolean;
}

export type Verdict =
  | {
      kind: 'allowed';
      /** What a reader must know before it runs: code that the cluster would run as its own. */
      named?: string;
      /** Of a function in C: the library that its code lies in. */
      library?: string;
      /** More than the owner of a database may do. */
      needsMore?: boolean;
    }
  | { kind: 'refused'; because: string }
  /** Not run, and nothing is lost with it. */
  | { kind: 'leftOut'; because: string };

export const ALLOWED: Verdict = { kind: 'allowed' };
export const NEEDS_MORE: Verdict = { kind: 'allowed', needsMore: true };
export const refused = (because: string): Verdict => ({ kind: 'refused', because });
export const named = (what: string): Verdict => ({ kind: 'allowed', named: what, needsMore: true });

export type Rule = (statement: Statement, context: GateContext) => Verdict;
