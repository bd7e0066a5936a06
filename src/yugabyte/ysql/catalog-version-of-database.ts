import { SqlFailed } from '../errors';
import type { SqlConnection, SqlOptions } from './session/sql-connection';

/**
 * This database's row of `pg_yb_catalog_version`, as text: a finer guard against DDL than the cluster-wide number.
 * Undefined if the cluster has no such table or no row for this database.
 */
export async function catalogVersionOfDatabase(
  sql: SqlConnection,
  database: string,
  options?: SqlOptions,
): Promise<string | undefined> {
  try {
    return await sql.use(
      database,
      'read the catalog version',
      async (query) => {
        const [row] = await query<{ version: string }>(
          'SELECT v.current_version::text AS version FROM pg_yb_catalog_version v JOIN pg_catalog.pg_database d ON d.oid = v.db_oid WHERE d.datname = current_database()',
        );
        return row?.version;
      },
      options,
    );
  } catch (error) {
    if (error instanceof SqlFailed && error.code === '42P01') return undefined; // undefined_table
    throw error;
  }
}
