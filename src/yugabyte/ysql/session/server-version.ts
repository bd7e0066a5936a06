import type { SqlConnection, SqlOptions } from './sql-connection';

/** As reported by the server: `15.2-YB-2025.1.1.0-b100`. */
export async function serverVersion(sql: SqlConnection, options?: SqlOptions): Promise<string> {
  return await sql.use(
    sql.home,
    'read the version',
    async (query) => {
      const [row] = await query<{ server_version: string }>('SHOW server_version');
      return row?.server_version ?? '';
    },
    options,
  );
}
