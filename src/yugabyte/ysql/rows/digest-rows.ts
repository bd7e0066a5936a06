import { RowDigest } from '../../row-digest';
import { ONE_TEXT } from '../session/session-settings';
import { quoteIdentifier, quoteQualified, type QualifiedName } from '../session/quote';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';

export interface RowsAsDumped {
  table: QualifiedName;
  /** As in the dump, in its order. */
  columns: readonly string[];
  /** Of the dump's text. */
  encoding: string;
}

/**
 * Counts the rows of a table as `ysql_dump` prints them, and digests them independently of their order. They are read;
 * nothing of them is kept.
 */
export async function digestRows(
  sql: SqlConnection,
  database: string,
  { table, columns, encoding }: RowsAsDumped,
  options: SqlOptions = {},
): Promise<{ rows: number; digest: string }> {
  return await sql.use(
    database,
    `read the rows of ${quoteQualified(table)}`,
    async (query, copyOut) => {
      for (const setting of ONE_TEXT) await query(`SET ${setting}`);
      const found = new RowDigest();
      await copyOut(
        `COPY (SELECT ${columns.map(quoteIdentifier).join(', ')} FROM ONLY ${quoteQualified(table)}) TO STDOUT WITH (ENCODING '${encoding.replaceAll("'", "''")}')`,
        (text) => {
          found.addText(text);
        },
      );
      return { rows: found.rows, digest: found.digest };
    },
    options,
  );
}
