import type { Yugabyte } from '../../../yugabyte';

/** `timestamp_history_retention_interval_sec` where the flags page does not show it. */
const DEFAULT_SECONDS = 900;

/** How much history every tserver keeps at least, in microseconds: the smallest flag among the live ones. */
export async function historyRetentionMicros(yugabyte: Yugabyte, signal?: AbortSignal): Promise<bigint> {
  const alive = (await yugabyte.tservers(signal)).filter((tserver) => tserver.alive);
  const seconds = await Promise.all(
    alive.map(async ({ http }) => {
      const flag = (await yugabyte.http.varz(http, signal)).get('timestamp_history_retention_interval_sec');
      return flag === undefined ? DEFAULT_SECONDS : Number(flag);
    }),
  );
  return BigInt(seconds.length === 0 ? DEFAULT_SECONDS : Math.min(...seconds)) * 1_000_000n;
}
