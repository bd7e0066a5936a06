/**
 * What holds in every session of ours, whatever a database, a role or both together set for their sessions (`ALTER DATABASE … SET`, `ALTER ROLE …
 * [IN DATABASE …] SET`): settings of a connection come last in PostgreSQL's order, and are what RESET goes back to. The databases keep theirs.
 */
const OURS = {
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  // SERIALIZABLE makes a load fail for writes elsewhere
  default_transaction_isolation: 'read committed',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  // What is read or written needs no path; a function of a user's must not stand before one of PostgreSQL's.
  search_path: 'pg_catalog',
  // Rows that a policy hides are an error and never silently missing.
  row_security: 'off',
  role: 'none',
} as const;

/** The settings as libpq's `options` (PGOPTIONS), which node-postgres takes too. A space or backslash inside a value is escaped. */
export function sessionOptions(more: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ ...OURS, ...more })
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');
}

/** Read-only sessions may be told to read from followers, whose rows are up to 30 s old. Only YugabyteDB knows the setting, and not each release. */
export const FOLLOWER_READS_OFF = `SELECT pg_catalog.set_config('yb_read_from_followers', 'off', false)
  WHERE pg_catalog.current_setting('yb_read_from_followers', true) = 'on'`;
