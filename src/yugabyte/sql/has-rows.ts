import { quoteQualified, type QualifiedName } from './quote';
import type { SqlConnection, SqlOptions } from './sql-connection';

/** Whether a table holds any row of its own (not of its partitions and heirs). */
export async function hasRows(
  sql: SqlConnection,
  database: string,
  table: QualifiedName,
  options?: SqlOptions,
): Promise<boolean> {
  return await sql.use(
    database,
    `look for rows in ${quoteQualified(table)}`,
    async (query) => (await query(`SELECT 1 FROM ONLY ${quoteQualified(table)} LIMIT 1`)).length > 0,
    options,
  );
}

/** The same with the rows of its partitions and heirs. */
export async function hasRowsBelow(
  sql: SqlConnection,
  database: string,
  table: QualifiedName,
  options?: SqlOptions,
): Promise<boolean> {
  return await sql.use(
    database,
    `look for rows in ${quoteQualified(table)}`,
    async (query) => (await query(`SELECT 1 FROM ${quoteQualified(table)} LIMIT 1`)).length > 0,
    options,
  );
}
