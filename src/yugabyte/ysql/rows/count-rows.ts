import { quoteQualified, type QualifiedName } from '../session/quote';
import { readAsOf, type ReadAt } from './read-moment';
import type { SqlConnection } from '../session/sql-connection';

/**
 * Rows of one table, without those of its partitions and inheritance children, which are tables of their own. Decimal
 * text converted to a number (exact to 2^53).
 */
export async function countRows(
  sql: SqlConnection,
  database: string,
  table: QualifiedName,
  options: ReadAt = {},
): Promise<number> {
  return await sql.use(
    database,
    `count the rows of ${quoteQualified(table)}`,
    async (query) => {
      await readAsOf(query, options.readTimeMicros);
      const [row] = await query<{ rows: string }>(`SELECT count(*)::text AS rows FROM ONLY ${quoteQualified(table)}`);
      return Number(row?.rows ?? 0);
    },
    options,
  );
}
