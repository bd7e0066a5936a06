import { bareName } from '../../../contract';
import type { Yugabyte } from '../../../yugabyte';
import { exportedSnapshot } from '../history/exported-snapshot';

/**
 * The snapshot's moment, if the schema can be dumped as of it, so that DDL behind it matters no more: `ysql_dump`
 * offers that, and our user may read the past. DDL that was under way in the moment still matters, because yb-admin
 * names the tables to the master, which only then chooses the moment (#28406):
 * `exportSnapshot` finds it.
 */
export async function momentToDump(
  cluster: Yugabyte,
  { database, snapshotId, signal }: { database: string; snapshotId: string; signal: AbortSignal },
): Promise<string | undefined> {
  if (!(await cluster.api(database).tellsPastSchema(bareName(database), { signal }))) return undefined;
  return (await exportedSnapshot(cluster, snapshotId, signal)).exported.snapshotMicros;
}

/** The moment is older than what is kept (`timestamp_syscatalog_history_retention_interval_sec`), and stays so. */
export const isTooOld = (reason: string): boolean => /snapshot ?too ?old/i.test(reason);
