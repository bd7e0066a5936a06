import type { SqlConnection, SqlOptions } from './session/sql-connection';

export interface ListedDatabase {
  name: string;
  oid: number;
}

/**
 * Databases that can be connected to, by name, including user databases that are marked as templates, but not
 * `template0` and `template1`. A template that is closed to everyone (CONNECTION LIMIT 0) is a pattern for new
 * databases, not one in use.
 */
export async function listDatabases(sql: SqlConnection, options?: SqlOptions): Promise<ListedDatabase[]> {
  return await sql.use(
    sql.home,
    'list the databases',
    async (query) => {
      const rows = await query<{ name: string; oid: string }>(
        `SELECT datname::text AS name, oid::text AS oid FROM pg_catalog.pg_database
          WHERE datallowconn AND datname NOT IN ('template0', 'template1') AND NOT (datistemplate AND datconnlimit = 0)
          ORDER BY datname`,
      );
      return rows.map(({ name, oid }) => ({ name, oid: Number(oid) }));
    },
    options,
  );
}

/** User databases that `listDatabases` leaves out, by name: those that allow no connections, and closed templates. */
export async function closedDatabases(sql: SqlConnection, options?: SqlOptions): Promise<string[]> {
  return await sql.use(
    sql.home,
    'list the closed databases',
    async (query) => {
      const rows = await query<{ name: string }>(
        `SELECT datname::text AS name FROM pg_catalog.pg_database
          WHERE (NOT datallowconn OR datistemplate AND datconnlimit = 0) AND datname NOT IN ('template0', 'template1') ORDER BY 1`,
      );
      return rows.map(({ name }) => name);
    },
    options,
  );
}

/** Whether a database of this bare name exists, templates included. */
export async function databaseExists(sql: SqlConnection, name: string, options?: SqlOptions): Promise<boolean> {
  return await sql.use(
    sql.home,
    `look for database "${name}"`,
    async (query) => (await query('SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1', [name])).length > 0,
    options,
  );
}
