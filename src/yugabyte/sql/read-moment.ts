import type { Micros } from '../micros';
import type { Query, SqlConnection, SqlOptions } from './sql-connection';

export interface ReadAt extends SqlOptions {
  /** Reads as of this moment (`yb_read_time`), within the history that the cluster keeps. */
  readTimeMicros?: Micros;
}

/** Whether this cluster can read a database as of a moment. */
export async function canReadAtMoment(sql: SqlConnection, database: string, options?: SqlOptions): Promise<boolean> {
  return await sql.use(
    database,
    'ask for the setting yb_read_time',
    async (query) => (await query("SELECT 1 FROM pg_catalog.pg_settings WHERE name = 'yb_read_time'")).length > 0,
    options,
  );
}

/** For the rest of this connection. */
export async function readAsOf(query: Query, micros: Micros | undefined): Promise<void> {
  if (micros === undefined) return;
  if (!/^\d{16}$/.test(micros))
    throw new RangeError(`A moment to read at is 16 digits of microseconds, not "${micros}"`);
  await query(`SET yb_read_time TO ${micros}`);
}
