import type { SqlConnection, SqlOptions } from './session/sql-connection';

const UNREADABLE = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm', 'S') AND c.relpersistence <> 't' AND c.oid >= 16384
     AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
     AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
   ORDER BY 1`;

/**
 * Tables and sequences that the connected user may not read: `ysql_dump` locks the tables and fails at the first of
 * them.
 */
export async function unreadableRelations(
  sql: SqlConnection,
  database: string,
  options?: SqlOptions,
): Promise<string[]> {
  return await sql.use(
    database,
    'check which tables may be read',
    async (query) => (await query<{ name: string }>(UNREADABLE)).map(({ name }) => name),
    options,
  );
}

/** Whether the connected user may create and rename databases. */
export async function mayCreateDatabases(sql: SqlConnection, options?: SqlOptions): Promise<boolean> {
  return await sql.use(
    sql.home,
    'check whether databases may be created',
    async (query) =>
      (await query('SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = current_user AND (rolsuper OR rolcreatedb)'))
        .length > 0,
    options,
  );
}
