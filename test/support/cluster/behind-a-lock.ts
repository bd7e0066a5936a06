import type { FaultCluster } from './fault-cluster';
import { withSql } from './sql';
import { until } from '../stack';

/**
 * Locks a table of a database whose snapshot is held CREATING, lets the snapshot be, and waits until the dump that
 * waits for the lock has been ended and begun again. Then the lock is let go.
 */
export async function untilDumpedAgainBehindLock(cluster: FaultCluster, database: string): Promise<void> {
  const waiting = async (): Promise<string[]> =>
    await withSql(cluster.json.ysql, 'yugabyte', async (sql) => {
      const text = "SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'LOCK TABLE'";
      return (await sql.query<{ pid: string }>(text)).rows.map(({ pid }) => pid);
    });
  await withSql(cluster.json.ysql, database.replace(/^ysql\./, ''), async (sql) => {
    await sql.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    await cluster.disarm();
    let first: string[] = [];
    await until('the dump waits for the lock', async () => (first = await waiting()).length > 0);
    await until('another one waits, and the first one is gone', async () => {
      const now = await waiting();
      return now.length === 1 && now[0] !== first[0];
    });
    await sql.query('ROLLBACK');
  });
}
