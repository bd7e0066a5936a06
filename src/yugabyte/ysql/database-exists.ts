import type { SqlConnection, SqlOptions } from './session/sql-connection';

/** Whether a database of this bare name exists, templates included. */
export async function databaseExists(sql: SqlConnection, name: string, options?: SqlOptions): Promise<boolean> {
  return await sql.use(
    sql.home,
    `look for database "${name}"`,
    async (query) => (await query('SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1', [name])).length > 0,
    options,
  );
}
