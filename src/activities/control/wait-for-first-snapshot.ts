import { cancellationSignal, sleep } from '@temporalio/activity';
import { listSnapshots, listSnapshotSchedules } from '../../yugabyte';
import { showProgress } from '../activity-signs';
import { failWith } from '../application-failure';
import type { ControlDependencies } from './dependencies';

/** Waits, green, until a schedule has its first COMPLETE snapshot: before, no moment can be recovered. */
export function makeWaitForFirstSnapshot({ yugabyte, timing }: ControlDependencies) {
  return async function waitForFirstSnapshot({ scheduleId }: { scheduleId: string }): Promise<void> {
    const giveUpAt = Date.now() + timing.snapshotDeadline;
    for (;;) {
      const options = { signal: cancellationSignal() };
      const schedule = (await yugabyte().run(listSnapshotSchedules, {}, options)).find(({ id }) => id === scheduleId);
      if (!schedule || schedule.deleted)
        throw failWith(
          'SnapshotFailed',
          `The snapshot schedule ${scheduleId} was deleted by somebody else. Start it again.`,
        );
      const states = new Map((await yugabyte().run(listSnapshots, {}, options)).map(({ id, state }) => [id, state]));
      if (schedule.snapshots.some(({ id }) => states.get(id) === 'COMPLETE')) return;
      if (Date.now() > giveUpAt)
        throw failWith(
          'SnapshotFailed',
          `The snapshot schedule ${scheduleId} made no complete snapshot within ${Math.round(timing.snapshotDeadline / 1000)} s. Look at the masters, then start it again.`,
          [{ scheduleId }],
        );
      showProgress({ scheduleId, snapshots: schedule.snapshots.length });
      await sleep(timing.pollInterval);
    }
  };
}
