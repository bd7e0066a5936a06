import { cancellationSignal, sleep } from '@temporalio/activity';
import { apiOf, bareName } from '../../../contract';
import { listSnapshots, listSnapshotSchedules, schedulesOfDatabase } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { deadlineAfter, listTogether } from '../waits/list-together';

/**
 * Waits until a schedule has its first COMPLETE snapshot: before that, no moment can be recovered. The snapshot must be
 * of the database that now has the name: one that was dropped and recreated meanwhile is not covered. Returns the other
 * schedules of that database: a creation whose reply was lost may take effect after it was requested again.
 */
export function makeWaitForFirstSnapshot(dependencies: ControlDependencies) {
  const { timing } = dependencies;
  return async function waitForFirstSnapshot({
    scheduleId,
    database,
  }: {
    scheduleId: string;
    database?: string;
  }): Promise<{ others: string[] }> {
    const since = Date.now();
    const giveUpAt = deadlineAfter(timing.snapshotDeadline);
    for (;;) {
      const schedules = await listTogether(dependencies, listSnapshotSchedules, {}, since);
      const schedule = schedules.find(({ id }) => id === scheduleId);
      if (!schedule || schedule.deleted)
        throw failWith(
          'SnapshotFailed',
          `The snapshot schedule ${scheduleId} was deleted by someone else. Start it again.`,
        );
      const listed = await listTogether(dependencies, listSnapshots, {}, since);
      const states = new Map(listed.map(({ id, state }) => [id, state]));
      if (schedule.snapshots.some(({ id }) => states.get(id) === 'COMPLETE')) {
        return { others: database === undefined ? [] : await othersOf(dependencies, { scheduleId, database }) };
      }
      if (Date.now() > giveUpAt)
        throw failWith(
          'SnapshotFailed',
          `The snapshot schedule ${scheduleId} made no complete snapshot within ${Math.round(timing.snapshotDeadline / 1000)} s. Check the masters, then start it again.`,
          [{ scheduleId }],
        );
      showProgress({ scheduleId, snapshots: schedule.snapshots.length });
      await sleep(timing.pollInterval);
    }
  };
}

async function othersOf(
  dependencies: ControlDependencies,
  { scheduleId, database }: { scheduleId: string; database: string },
): Promise<string[]> {
  const named = { api: apiOf(database), name: bareName(database) };
  const { own } = await schedulesOfDatabase(dependencies.yugabyte(), named, cancellationSignal());
  const ids = own.map(({ id }) => id);
  if (ids.includes(scheduleId)) return ids.filter((id) => id !== scheduleId);
  throw failWith(
    'SnapshotFailed',
    `The snapshot schedule ${scheduleId} covers a database ${database} that was dropped meanwhile, not the one that has the name now. Start it again.`,
    [{ scheduleId, database }],
  );
}
