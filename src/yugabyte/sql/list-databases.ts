import type { SqlConnection, SqlOptions } from './sql-connection';

export interface ListedDatabase {
  name: string;
  oid: number;
}

/** Databases that can be connected to, without templates, by name. */
export async function listDatabases(sql: SqlConnection, options?: SqlOptions): Promise<ListedDatabase[]> {
  return await sql.use(
    sql.home,
    'list the databases',
    async (query) => {
      const rows = await query<{ name: string; oid: string }>(
        'SELECT datname::text AS name, oid::text AS oid FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname',
      );
      return rows.map(({ name, oid }) => ({ name, oid: Number(oid) }));
    },
    options,
  );
}
