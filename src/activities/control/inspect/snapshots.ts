import { formatMicros, type InspectClusterResult } from '../../../contract';
import { ownSnapshots } from '../../../repository';
import { listSnapshots, listSnapshotSchedules } from '../../../yugabyte';
import type { ControlDependencies } from '../dependencies';
import { databaseOf } from '../lookup/find-snapshot';

/** Snapshots inside the cluster, and who made each one. */
export async function inspectSnapshots(
  { yugabyte, repository }: ControlDependencies,
  signal: AbortSignal,
): Promise<{ snapshots: NonNullable<InspectClusterResult['snapshots']>; problems: string[] }> {
  const listed = await yugabyte().run(listSnapshots, { details: true }, { signal });
  const schedules = await yugabyte().run(listSnapshotSchedules, {}, { signal });
  const scheduled = new Set(schedules.flatMap(({ snapshots }) => snapshots.map(({ id }) => id)));
  const { ours, leftOut } = await ownSnapshots(
    repository,
    listed.map(({ id }) => id),
  );
  const snapshots = listed
    .filter(({ state }) => state !== 'DELETED')
    .map((one) => ({
      snapshotId: one.id,
      database: databaseOf(one) ?? 'unknown',
      state: one.state,
      madeBy: ours.has(one.id)
        ? ('kalpa' as const)
        : scheduled.has(one.id)
          ? ('schedule' as const)
          : ('foreign' as const),
      ...(one.snapshotMicros === undefined ? {} : { createdAt: formatMicros(one.snapshotMicros) }),
    }));
  const problems = leftOut
    ? [`Records of snapshots that do not count: ${leftOut.count}. The first: ${leftOut.first}`]
    : [];
  return { snapshots, problems };
}
