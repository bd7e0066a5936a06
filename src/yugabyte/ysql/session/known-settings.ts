import { KNOWN_SETTINGS } from './session-settings';
import type { SqlConnection, SqlOptions } from './sql-connection';

/** Settings for the sessions of a tool that this server knows and others don't, with the values that they must have. */
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
