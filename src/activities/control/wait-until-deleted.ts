import { cancellationSignal, sleep } from '@temporalio/activity';
import { listSnapshots } from '../../yugabyte';
import { showProgress } from '../activity-signs';
import type { ControlDependencies } from './dependencies';

/** Waits, green, until a snapshot has left the list. */
export function makeWaitUntilDeleted({ yugabyte, timing }: ControlDependencies) {
  return async function waitUntilDeleted({ snapshotId }: { snapshotId: string }): Promise<void> {
    for (;;) {
      const listed = (await yugabyte().run(listSnapshots, {}, { signal: cancellationSignal() })).find(
        ({ id }) => id === snapshotId,
      );
      if (!listed || listed.state === 'DELETED') return;
      showProgress({ snapshotId, state: listed.state });
      await sleep(timing.pollInterval);
    }
  };
}
