import { sleep } from '@temporalio/activity';
import { listSnapshots } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { deadlineAfter, listTogether } from '../waits/list-together';

/**
 * Waits until a snapshot is COMPLETE. FAILED, no longer listed or stuck past the deadline: `SnapshotFailed` (faults 1,
 * 2, 5).
 */
export function makeWaitForSnapshot(dependencies: ControlDependencies) {
  const { timing } = dependencies;
  return async function waitForSnapshot({ snapshotId }: { snapshotId: string }): Promise<void> {
    const since = Date.now();
    const giveUpAt = deadlineAfter(timing.snapshotDeadline);
    for (;;) {
      const listed = (await listTogether(dependencies, listSnapshots, {}, since)).find(({ id }) => id === snapshotId);
      if (listed?.state === 'COMPLETE') return;
      if (!listed)
        throw failWith('SnapshotFailed', `${snapshotId} is no longer listed by the masters`, [{ snapshotId }]);
      if (listed.state !== 'CREATING')
        throw failWith('SnapshotFailed', `${snapshotId} is ${listed.state}`, [{ snapshotId, state: listed.state }]);
      if (Date.now() > giveUpAt) {
        throw failWith(
          'SnapshotFailed',
          `${snapshotId} was still CREATING after ${Math.round(timing.snapshotDeadline / 1000)} s`,
          [{ snapshotId, state: listed.state }],
        );
      }
      showProgress({ snapshotId, state: listed.state });
      await sleep(timing.pollInterval);
    }
  };
}
