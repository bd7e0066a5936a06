import type { QualifiedName } from '../ysql/session/quote';
import type { Statement } from '../ysql-dump/scan/scan-sql';

/** What a text is: a database's dump, rows for existing tables, or the roles of a cluster. */
export type GatedContent = 'database' | 'rows' | 'roles';

/** What a statement is judged by. */
export interface GateContext {
  content: GatedContent;
  /** The database that the text may create and change. */
  database: string;
  /** After `\connect` (rows: from the beginning): what is created belongs to that database. */
  connected: boolean;
  /** For rows alone: the tables that they may go into. Absent: any. */
  rowsInto?: ((table: QualifiedName) => boolean) | undefined;
  /** After `SET yb_binary_restore = true`: a dump with YugabyteDB's metadata. */
  restoring?: boolean;
}

export type Verdict =
  | {
      kind: 'allowed';
      /** What an operator must know before it is run: code that the cluster would run as its own. */
      named?: string;
      /** For a function in C: the library that contains its code. */
      library?: string;
      /** It needs more privileges than a database owner's. */
      needsMore?: boolean;
    }
  | { kind: 'refused'; because: string }
  /** Not run, and nothing is lost by it. */
  | { kind: 'leftOut'; because: string };

export const ALLOWED: Verdict = { kind: 'allowed' };
export const NEEDS_MORE: Verdict = { kind: 'allowed', needsMore: true };
export const refused = (because: string): Verdict => ({ kind: 'refused', because });
export const named = (subject: string): Verdict => ({ kind: 'allowed', named: subject, needsMore: true });

export type Rule = (statement: Statement, context: GateContext) => Verdict;
