import type { Micros } from '../../micros';
import type { Query, SqlConnection, SqlOptions } from '../session/sql-connection';

export interface ReadAt extends SqlOptions {
  /** Reads as of this moment (`yb_read_time`), within the history that the cluster keeps. */
  readTimeMicros?: Micros | undefined;
}

/**
 * Whether our sessions can read a database as of a moment. The setting came after 2.19 (#19114), so releases from 2.21
 * and 2024.1 on have it; only superusers may set it (`PGC_SUSET` in guc.c at 00a2035c5e), which a newer release may
 * relax.
 */
const READS_AT_MOMENT = `SELECT 1 FROM pg_catalog.pg_settings WHERE name = 'yb_read_time'
  AND (context = 'user' OR (context = 'superuser' AND pg_catalog.current_setting('is_superuser') = 'on'))`;

export async function canReadAtMoment(sql: SqlConnection, database: string, options?: SqlOptions): Promise<boolean> {
  return await sql.use(
    database,
    'ask for the setting yb_read_time',
    async (query) => (await query(READS_AT_MOMENT)).length > 0,
    options,
  );
}

/**
 * Applies to the rest of this connection, after all other settings: from here on each statement, including SET, reads
 * as of the moment (#30993). Not inside a transaction, where the next statement fails (#30916). A moment outside
 * history retention fails with "Snapshot too old" (72000).
 */
export async function readAsOf(query: Query, micros: Micros | undefined): Promise<void> {
  if (micros === undefined) return;
  if (!/^\d{16}$/.test(micros))
    throw new RangeError(`A moment to read at is 16 digits of microseconds, not "${micros}"`);
  await query(`SET yb_read_time TO ${micros}`);
}
