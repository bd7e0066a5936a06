import type { SqlConnection, SqlOptions } from './sql-connection';

/**
 * Settings of all our sessions, whatever a database, a role or both together set for theirs (`ALTER DATABASE … SET`,
 * `ALTER ROLE … [IN DATABASE …] SET`): settings of a connection take precedence in PostgreSQL, and are what RESET goes
 * back to. The databases keep theirs.
 */
const OURS = {
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  // SERIALIZABLE would make a load fail because of writes elsewhere
  default_transaction_isolation: 'read committed',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  // What we read or write needs no path; a user's function must not shadow one of PostgreSQL's.
  search_path: 'pg_catalog',
  // Rows hidden by a policy are an error, and never silently missing.
  row_security: 'off',
  role: 'none',
  // Values are read as they were meant when they were written: NULL in an array, `= NULL` in a definition.
  array_nulls: 'on',
  transform_null_equals: 'off',
} as const;

/**
 * The same for settings that not every server has. A server refuses a session with an unknown one, so it is asked
 * first.
 */
const SETTINGS_IF_KNOWN = {
  // Since PostgreSQL 14: a load's session is idle while the store is unreachable.
  idle_session_timeout: '0',
  // Since 17.
  transaction_timeout: '0',
  // Read-only transactions would see rows as they were up to 30 s ago, or at a moment in the past.
  yb_read_from_followers: 'off',
  yb_read_time: '0',
  // A load that was interrupted would leave rows behind, and a row with an existing key would replace the other.
  yb_disable_transactional_writes: 'off',
  yb_enable_upsert_mode: 'off',
  yb_fast_path_for_colocated_copy: 'off',
} as const;

/** How a dump's values are printed, beyond what the tool itself sets, so that they can be compared after the load. */
export const PRINTED_ALIKE = { TimeZone: 'UTC', bytea_output: 'hex' } as const;

/**
 * The settings as libpq's `options` (PGOPTIONS), which node-postgres accepts too. A space or backslash within a value
 * is escaped.
 */
export function sessionOptions(more: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ ...OURS, ...more })
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
    .join(' ');
}

const wanted = Object.entries(SETTINGS_IF_KNOWN)
  .map(([name, value]) => `('${name}', '${value}')`)
  .join(', ');

/** Sets them in an open session, where the server knows them and they have other values. */
export const SET_IF_KNOWN = `SELECT pg_catalog.set_config(name, value, false) FROM (VALUES ${wanted}) AS ours (name, value)
  WHERE pg_catalog.current_setting(name, true) <> value`;

/** The settings that a tool's session may be started with. */
export const KNOWN_SETTINGS = `SELECT s.name::text AS name, ours.value::text AS value
  FROM (VALUES ${wanted}) AS ours (name, value) JOIN pg_catalog.pg_settings s ON s.name = ours.name
 WHERE s.context = 'user' OR (s.context = 'superuser' AND pg_catalog.current_setting('is_superuser') = 'on')`;

/** Settings for a tool's sessions that only some servers have, this one among them, with their required values. */
export async function knownSettings(sql: SqlConnection, options?: SqlOptions): Promise<Record<string, string>> {
  return await sql.use(
    sql.home,
    'ask which settings the server knows',
    async (query) => {
      const rows = await query<{ name: string; value: string }>(KNOWN_SETTINGS);
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    },
    options,
  );
}

/** Makes every value print in only one way, whatever a session, role or database sets. */
export const ONE_TEXT = [
  "TimeZone = 'UTC'",
  "DateStyle = 'ISO, MDY'",
  "IntervalStyle = 'postgres'",
  'extra_float_digits = 3',
  "bytea_output = 'hex'",
  "lc_monetary = 'C'",
  "xmloption = 'content'",
];
