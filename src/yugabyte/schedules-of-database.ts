import { listSnapshots } from './yb-admin/list-snapshots';
import { listSnapshotSchedules, type ListedSchedule } from './yb-admin/list-snapshot-schedules';
import type { Yugabyte } from './yugabyte';

/**
 * The snapshot schedules of one database that are not being deleted. 2.6 does not print what a schedule covers, so there the
 * objects of its snapshots tell; a schedule without any snapshot yet counts as nobody's.
 */
export async function schedulesOfDatabase(
  yugabyte: Yugabyte,
  { api, name }: { api: 'ysql' | 'ycql'; name: string },
  signal?: AbortSignal,
): Promise<ListedSchedule[]> {
  const options = signal ? { signal } : {};
  const schedules = (await yugabyte.run(listSnapshotSchedules, {}, options)).filter(({ deleted }) => !deleted);
  const unnamed = schedules.filter(({ filter }) => filter === undefined);
  const own = schedules.filter(({ filter }) => filter === `${api}.${name}`);
  if (unnamed.length === 0) return own;
  const snapshots = new Map(
    (await yugabyte.run(listSnapshots, { details: true }, options)).map(({ id, objects }) => [id, objects ?? []]),
  );
  const covers = ({ snapshots: taken }: ListedSchedule): boolean =>
    taken.some(({ id }) =>
      (snapshots.get(id) ?? []).some(
        (object) => object.type === 'NAMESPACE' && object.name === name && object.api === api,
      ),
    );
  return [...own, ...unnamed.filter(covers)];
}
