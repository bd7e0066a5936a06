import type { ClusterView } from './cluster-view';
import { warning, type Check } from './check';

/**
 * A line for each snapshot schedule whose database was dropped; none where all are well, or can't be asked: the line of
 * the masters says why.
 */
export async function scheduleChecks(cluster: ClusterView): Promise<Check[]> {
  const gone = await cluster.goneSchedules().catch(() => []);
  return gone.map(({ scheduleId, database }) =>
    warning(
      'snapshot schedules',
      `${scheduleId} is of a database ${database} that is gone: it protects nothing, and its snapshots hold disk space`,
      `yb-admin delete_snapshot_schedule ${scheduleId}`,
    ),
  );
}
