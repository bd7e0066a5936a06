import type { SqlConnection, SqlOptions } from './session/sql-connection';

/** Names of all roles, predefined ones included. */
export async function listRoles(sql: SqlConnection, options?: SqlOptions): Promise<string[]> {
  return await names(
    sql,
    sql.home,
    'list the roles',
    'SELECT rolname::text AS name FROM pg_catalog.pg_roles ORDER BY 1',
    options,
  );
}

/** Names of the login profiles; none if the release or the cluster has no profiles. */
export async function listProfiles(sql: SqlConnection, options?: SqlOptions): Promise<string[]> {
  return await sql.use(
    sql.home,
    'list the login profiles',
    async (query) => {
      const [known] = await query<{ there: boolean }>(
        "SELECT pg_catalog.to_regclass('pg_catalog.pg_yb_profile') IS NOT NULL AS there",
      );
      if (known?.there !== true) return [];
      const rows = await query<{ name: string }>(
        'SELECT prfname::text AS name FROM pg_catalog.pg_yb_profile ORDER BY 1',
      );
      return rows.map(({ name }) => name);
    },
    options,
  );
}

/** Names of all tablespaces, `pg_default` and `pg_global` included. */
export async function listTablespaces(sql: SqlConnection, options?: SqlOptions): Promise<string[]> {
  return await names(
    sql,
    sql.home,
    'list the tablespaces',
    'SELECT spcname::text AS name FROM pg_catalog.pg_tablespace ORDER BY 1',
    options,
  );
}

/** Names of the extensions that the cluster could install. */
export async function availableExtensions(sql: SqlConnection, options?: SqlOptions): Promise<string[]> {
  return await names(
    sql,
    sql.home,
    'list the available extensions',
    'SELECT name::text AS name FROM pg_catalog.pg_available_extensions ORDER BY 1',
    options,
  );
}

async function names(
  sql: SqlConnection,
  database: string,
  action: string,
  text: string,
  options?: SqlOptions,
): Promise<string[]> {
  return await sql.use(
    database,
    action,
    async (query) => (await query<{ name: string }>(text)).map(({ name }) => name),
    options,
  );
}
