import { formatMicros, type InspectClusterResult } from '../../../contract';
import { listSnapshotRecords } from '../../../repository';
import { listSnapshots, listSnapshotSchedules } from '../../../yugabyte';
import type { ControlDependencies } from '../dependencies';
import { databaseOf } from '../find-snapshot';

/** Snapshots inside the cluster, and whose each one is. */
export async function inspectSnapshots(
  { yugabyte, repository }: ControlDependencies,
  signal: AbortSignal,
): Promise<NonNullable<InspectClusterResult['snapshots']>> {
  const listed = await yugabyte().run(listSnapshots, { details: true }, { signal });
  const schedules = await yugabyte().run(listSnapshotSchedules, {}, { signal });
  const scheduled = new Set(schedules.flatMap(({ snapshots }) => snapshots.map(({ id }) => id)));
  const ours = await listSnapshotRecords(repository);
  return listed
    .filter(({ state }) => state !== 'DELETED')
    .map((one) => ({
      snapshotId: one.id,
      database: databaseOf(one) ?? 'unknown',
      state: one.state,
      madeBy: ours.has(one.id) ? 'kalpa' : scheduled.has(one.id) ? 'schedule' : 'foreign',
      ...(one.snapshotMicros === undefined ? {} : { createdAt: formatMicros(one.snapshotMicros) }),
    }));
}
