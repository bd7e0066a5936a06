import { shape, shapeOf } from '../sql-gate';
import type { Statement } from '../ysql-dump/scan/scan-sql';

interface HarmlessFailure {
  is: RegExp;
  /** SQLSTATE. */
  code: string;
  /** Why nothing is lost. */
  because: string;
}

const UNKNOWN_FUNCTION = '42883';
const UNKNOWN_SETTING = '42704';

/**
 * Statements of real dumps that may fail on another release: only these, with these SQLSTATEs. Sources:
 * `docs/statements-of-dumps.md`.
 */
const HARMLESS: readonly HarmlessFailure[] = [
  {
    // yugabyte-db #26575, and the comment on it in pg_dump.c
    is: shape(
      `(?:grant|revoke) (?:all|execute) on function pg_catalog \\. pg_stat_statements_reset \\( .*\\) (?:from|to) .+`,
    ),
    code: UNKNOWN_FUNCTION,
    because: 'the function belongs to the server, and takes other arguments in this release',
  },
  {
    // yugabyte-db's PostgreSQL 19 dumps; pgadmin4 #8044
    is: shape(`set transaction_timeout = 0`),
    code: UNKNOWN_SETTING,
    because: 'this release has no such limit, and the dump asks for none',
  },
  {
    // yb-voyager #60
    is: shape(`set default_table_access_method = heap`),
    code: UNKNOWN_SETTING,
    because: 'this release has no other access method',
  },
];

/** Why a statement that the server refused may be left out; undefined: it stops the load. */
export function harmlessFailure({ tokens }: Statement, code: string | undefined): string | undefined {
  const line = shapeOf(tokens);
  return HARMLESS.find((one) => one.code === code && one.is.test(line))?.because;
}
