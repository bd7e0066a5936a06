import type { SqlConnection, SqlOptions } from '../session/sql-connection';

export interface InvalidIndex {
  schema: string;
  name: string;
  table: string;
}

/** Indexes that are not valid: dumps leave them out, and a restore refuses or loses them. */
export async function invalidIndexes(
  sql: SqlConnection,
  database: string,
  options?: SqlOptions,
): Promise<InvalidIndex[]> {
  return await sql.use(
    database,
    'look up invalid indexes',
    async (query) =>
      await query<InvalidIndex & Record<string, unknown>>(
        `SELECT n.nspname::text AS schema, i.relname::text AS name, t.relname::text AS "table"
         FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
         JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
        WHERE NOT x.indisvalid AND i.relkind = 'i' ORDER BY 1, 2`,
      ),
    options,
  );
}
