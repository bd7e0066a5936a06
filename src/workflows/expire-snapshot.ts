import { sleep } from '@temporalio/workflow';
import { DELETE_SNAPSHOT_PHASES } from '../contract';
import { failureType, internalInput } from './run/failure';
import { finishRun } from './run/finish-run';
import { holdDatabase } from './lock/hold-database';
import { shortStep, wait } from './run/policies';
import { RunProgress } from './run/progress';
import { onPage } from './run/run-operation';
import { readSettings } from './run/run-context';

export interface ExpireSnapshotInput {
  snapshotId: string;
  database: string;
  /** RFC 3339 UTC. */
  at: string;
}

/**
 * Deletes a snapshot when it expires, for clusters that don't do that on their own. It takes the database's lock first,
 * so that a snapshot is never deleted under a restore.
 */
export async function expireSnapshot(given: ExpireSnapshotInput): Promise<void> {
  const { snapshotId, database, at } = internalInput('expireSnapshot', given);
  const progress = new RunProgress('expireSnapshot', `Snapshot ${snapshotId} of ${database}`, DELETE_SNAPSHOT_PHASES);
  const complete = ({ gone }: { gone?: boolean }): string =>
    gone ? `snapshot ${snapshotId} had already been deleted.` : `snapshot ${snapshotId} is deleted, as requested.`;
  await onPage(progress, complete, async () => {
    const settings = await readSettings();
    progress.use(settings);
    await progress.during(`It is deleted at ${at}. Cancel this run to keep it.`, () =>
      sleep(Math.max(0, Date.parse(at) - Date.now()), { summary: `until ${at}` }),
    );
    const request = { snapshotId, whenBusy: 'wait' as const };
    const held = await holdDatabase(
      { operation: 'expireSnapshot', request, database, settings, progress },
      async () => {
        try {
          return await shortStep(settings, 'is it still there?').lookForSnapshot({ snapshotId });
        } catch (error) {
          if (failureType(error) === 'NotFound') return undefined; // deleted meanwhile
          throw error;
        }
      },
    );
    return await finishRun<{ gone?: boolean }>(held, async () => {
      if (!held.checked) return { gone: true };
      progress.enter('delete');
      await shortStep(settings, `delete ${snapshotId}`).deleteSnapshot({
        guarded: held.guardians.guarded(),
        snapshotId,
      });
      await wait(settings, `until ${snapshotId} is gone`, 'snapshotDeadline').waitUntilDeleted({ snapshotId });
      return {};
    });
  });
}
