import { formatMicros, type InspectClusterResult } from '../../../contract';
import { ownSnapshots } from '../../../repository';
import { listSnapshots, listSnapshotSchedules, type Entities, type ListedSnapshot } from '../../../yugabyte';
import type { ControlDependencies } from '../dependencies';
import { databaseOf } from '../lookup/find-snapshot';

/** Snapshots inside the cluster, and who made each one; which are of a dropped database, if `entities` tells. */
export async function inspectSnapshots(
  { yugabyte, repository }: ControlDependencies,
  { entities, signal }: { entities: Entities | undefined; signal: AbortSignal },
): Promise<{ snapshots: NonNullable<InspectClusterResult['snapshots']>; problems: string[] }> {
  const listed = await yugabyte().run(listSnapshots, { details: true }, { signal });
  const schedules = await yugabyte().run(listSnapshotSchedules, {}, { signal });
  const scheduled = new Set(schedules.flatMap(({ snapshots }) => snapshots.map(({ id }) => id)));
  const { ours, leftOut } = await ownSnapshots(
    repository,
    listed.map(({ id }) => id),
  );
  const databases = entities && new Set(entities.keyspaces.map(({ id }) => id));
  const isOfDropped = ({ database }: ListedSnapshot): boolean =>
    database !== undefined && databases?.has(database.id) === false;
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
      ...(isOfDropped(one) ? { dropped: true } : {}),
    }));
  const problems = leftOut
    ? [`Records of snapshots that do not count: ${leftOut.count}. The first: ${leftOut.first}`]
    : [];
  // Those of schedules are reported with the schedule.
  for (const { snapshotId, database, madeBy } of snapshots.filter((one) => one.dropped && one.madeBy !== 'schedule'))
    problems.push(
      `Snapshot ${snapshotId} is of a dropped ${database}: nothing can be restored from it. Delete it: ${madeBy === 'kalpa' ? 'kalpa snapshot delete' : 'yb-admin delete_snapshot'} ${snapshotId}.`,
    );
  return { snapshots, problems };
}
