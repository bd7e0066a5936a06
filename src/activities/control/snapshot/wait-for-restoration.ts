import { sleep } from '@temporalio/activity';
import { listSnapshotRestorations } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { given } from '../../../objects/given';
import { deadlineAfter, listTogether } from '../waits/list-together';

export interface WaitForRestorationInput {
  restorationId: string;
  /** Absent: of a schedule, in a release that does not print which of its snapshots. */
  snapshotId?: string;
  scheduleId?: string;
}

/**
 * Waits until a restoration is RESTORED. FAILED ends the restore; "not listed" is not "finished" (a change of the
 * master leader has lost restorations, #9781), so one that disappears fails too, and the guardian takes care of it.
 */
export function makeWaitForRestoration(dependencies: ControlDependencies) {
  const { timing } = dependencies;
  return async function waitForRestoration({
    restorationId,
    snapshotId,
    scheduleId,
  }: WaitForRestorationInput): Promise<void> {
    const from = snapshotId === undefined ? `a snapshot of schedule ${scheduleId ?? '?'}` : `snapshot ${snapshotId}`;
    const details = [{ restorationId, ...given({ snapshotId, scheduleId }) }];
    const since = Date.now();
    const giveUpAt = deadlineAfter(timing.restoreDeadline);
    let unlisted = 0;
    for (;;) {
      const listed = (await listTogether(dependencies, listSnapshotRestorations, {}, since)).find(
        ({ id }) => id === restorationId,
      );
      if (listed?.state === 'RESTORED') return;
      if (listed?.state === 'FAILED') {
        throw failWith(
          'RestoreFailed',
          `The cluster reports restoration ${restorationId} of ${from} as FAILED. Look at the tservers' logs for RESTORE_ON_TABLET, then start the restore again.`,
          details,
        );
      }
      unlisted = listed ? 0 : unlisted + 1;
      if (unlisted * timing.pollInterval > 2 * timing.rpcTimeout || Date.now() > giveUpAt) {
        const problem = listed
          ? `is still ${listed.state} after ${Math.round(timing.restoreDeadline / 1000)} s`
          : 'is not listed by the masters any more';
        throw failWith(
          'RestoreFailed',
          `Restoration ${restorationId} of ${from} ${problem}, so its outcome is unknown. Its snapshot and database stay as they are until it is listed RESTORED or FAILED.`,
          details,
        );
      }
      showProgress({ restorationId, state: listed?.state ?? 'not listed' });
      await sleep(timing.pollInterval);
    }
  };
}
