import type { FaultCluster } from './fault-cluster';
import { EVERY } from '../ledger';
import { withSql } from './sql';

/** A database with rows and a schedule of snapshots. */
export async function recoverableDatabase(cluster: FaultCluster): Promise<`ysql.${string}`> {
  const database = await cluster.database();
  await cluster.run('enablePointInTimeRecovery', { database, ...EVERY });
  return database;
}

/** A moment that lies a little behind what stands now. */
export async function momentAfter(cluster: FaultCluster): Promise<string> {
  const now = await withSql(cluster.json.ysql, 'yugabyte', async (client) => {
    const { rows } = await client.query<{ now: string }>(
      'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS now',
    );
    return rows[0]?.now ?? '';
  });
  await new Promise((resolve) => setTimeout(resolve, 5)); // the next commit is later than that
  return now;
}

export async function disableRecovery(cluster: FaultCluster, database: string): Promise<void> {
  await cluster.run('disablePointInTimeRecovery', { database });
}
