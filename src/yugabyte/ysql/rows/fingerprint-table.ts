import { ONE_TEXT } from '../session/session-settings';
import { quoteQualified, type QualifiedName } from '../session/quote';
import { readAsOf, type ReadAt } from './read-moment';
import type { SqlConnection } from '../session/sql-connection';

export interface TableFingerprint {
  rows: number;
  /** `md5sum-1:<hex>:<hex>`; equal digests of equal row counts mean equal content. */
  digest: string;
}

/**
 * A digest of a table's content, computed in the cluster: each row's text is hashed with MD5, and the two halves of the
 * hashes are summed as signed 64-bit numbers. The order of rows does not matter, duplicates count, and swapping values
 * between rows changes it. It is comparable between clusters whose types print alike (floats print differently before
 * PostgreSQL 12).
 */
export async function fingerprintTable(
  sql: SqlConnection,
  database: string,
  table: QualifiedName,
  options: ReadAt = {},
): Promise<TableFingerprint> {
  return await sql.use(
    database,
    `compute the fingerprint of ${quoteQualified(table)}`,
    async (query) => {
      for (const setting of ONE_TEXT) await query(`SET ${setting}`);
      await readAsOf(query, options.readTimeMicros);
      const half = (from: number): string =>
        `coalesce(sum(('x' || pg_catalog.substr(hash, ${from}, 16))::bit(64)::int8), 0)::text`;
      // ROW(t.*) rather than t: a column may be named t
      const [row] = await query<{ rows: string; high: string; low: string }>(
        `SELECT count(*)::text AS rows, ${half(1)} AS high, ${half(17)} AS low FROM (SELECT pg_catalog.md5(ROW(t.*)::text) AS hash FROM ONLY ${quoteQualified(table)} AS t) AS hashed`,
      );
      return { rows: Number(row?.rows ?? 0), digest: `md5sum-1:${hexOf(row?.high)}:${hexOf(row?.low)}` };
    },
    options,
  );
}

/** A sum of signed 64-bit numbers fits into 128 bits; two's complement. */
function hexOf(sum = '0'): string {
  return BigInt.asUintN(128, BigInt(sum)).toString(16).padStart(32, '0');
}
