import { getExternalWorkflowHandle } from '@temporalio/workflow';
import {
  DELETE_SNAPSHOT_PHASES,
  deleteSnapshotInput,
  expiryId,
  type DeleteSnapshotInput,
  type DeleteSnapshotResult,
} from '../contract';
import { asRunFailure, checkedInput } from './failure';
import { finishRun } from './finish-run';
import { holdDatabase } from './hold-database';
import { control, preflight, wait } from './policies';
import { RunProgress } from './progress';
import { ownCluster, readSettings } from './run-context';

/** Deletes a snapshot that `createSnapshot` made, and waits until it is gone. */
export async function deleteSnapshot(input: DeleteSnapshotInput): Promise<DeleteSnapshotResult> {
  const request = checkedInput('deleteSnapshot', deleteSnapshotInput, input);
  const { snapshotId } = request;
  const progress = new RunProgress(
    'deleteSnapshot',
    `Deletion of snapshot ${snapshotId} in ${ownCluster()}`,
    DELETE_SNAPSHOT_PHASES,
  );
  const settings = await readSettings();
  progress.use(settings);
  progress.enter('preflight');
  const found = await preflight(settings, `whose is ${snapshotId}?`)
    .findSnapshot({ snapshotId })
    .catch((error: unknown) => {
      progress.fail('Refused before anything was changed.');
      throw asRunFailure(error, 'The cluster');
    });
  const { database } = found;
  const held = await holdDatabase({ operation: 'deleteSnapshot', request, database, settings, progress }, async () => {
    await control(settings, `may ${snapshotId} be deleted?`).preflightDeleteSnapshot({ snapshotId, found });
  });
  return await finishRun(held, async () => {
    progress.enter('delete');
    await control(settings, `delete ${snapshotId}`).deleteSnapshot({ guarded: held.guardians.guarded(), snapshotId });
    await wait(settings, `until ${snapshotId} is gone`).waitUntilDeleted({ snapshotId });
    await getExternalWorkflowHandle(expiryId(snapshotId))
      .cancel()
      .catch(() => undefined); // it never had an end of its own
    return { snapshotId };
  });
}
