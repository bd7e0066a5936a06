import { sleep } from '@temporalio/activity';
import { listSnapshots } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { deadlineAfter, listTogether } from '../waits/list-together';

/** Waits until a snapshot is no longer listed. */
export function makeWaitUntilDeleted(dependencies: ControlDependencies) {
  const { timing } = dependencies;
  return async function waitUntilDeleted({ snapshotId }: { snapshotId: string }): Promise<void> {
    const since = Date.now();
    const giveUpAt = deadlineAfter(timing.snapshotDeadline);
    for (;;) {
      const listed = (await listTogether(dependencies, listSnapshots, {}, since)).find(({ id }) => id === snapshotId);
      if (!listed || listed.state === 'DELETED') return;
      if (Date.now() > giveUpAt)
        throw failWith(
          'SnapshotFailed',
          `The deletion of snapshot ${snapshotId} was accepted, but it is still ${listed.state} after ${Math.round(timing.snapshotDeadline / 1000)} s. Check the masters, and tservers that are down; the cluster deletes it when they are back.`,
          [{ snapshotId, state: listed.state }],
        );
      showProgress({ snapshotId, state: listed.state });
      await sleep(timing.pollInterval);
    }
  };
}
