import { quoteQualified, type QualifiedName } from '../session/quote';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';

/** Whether a table has a row of its own; with `below`, rows of its partitions and inheritance children count too. */
export async function hasRows(
  sql: SqlConnection,
  database: string,
  table: QualifiedName,
  options: SqlOptions & { below?: boolean } = {},
): Promise<boolean> {
  const from = `${options.below ? '' : 'ONLY '}${quoteQualified(table)}`;
  return await sql.use(
    database,
    `look for rows in ${quoteQualified(table)}`,
    async (query) => (await query(`SELECT 1 FROM ${from} LIMIT 1`)).length > 0,
    options,
  );
}
