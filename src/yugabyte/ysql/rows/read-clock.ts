import type { Micros } from '../../micros';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';

/**
 * The cluster's time, as the responding node knows it: the clocks of its nodes are at most 500 ms apart
 * (`max_clock_skew_usec`).
 */
export async function readClock(sql: SqlConnection, options?: SqlOptions): Promise<Micros> {
  return await sql.use(
    sql.home,
    'read the clock',
    async (query) => {
      const [row] = await query<{ micros: string }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS micros',
      );
      return row?.micros ?? '';
    },
    options,
  );
}
