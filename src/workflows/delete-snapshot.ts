import { getExternalWorkflowHandle } from '@temporalio/workflow';
import {
  DELETE_SNAPSHOT_PHASES,
  deleteSnapshotInput,
  expiryId,
  type DeleteSnapshotInput,
  type DeleteSnapshotResult,
} from '../contract';
import { asRunFailure } from './run/failure';
import { finishRun } from './run/finish-run';
import { holdDatabase } from './lock/hold-database';
import { shortStep, wait } from './run/policies';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import { PreflightQuestions } from './run/ask-preflight';

/** Deletes a snapshot that `createSnapshot` made, and waits until it is gone. */
export async function deleteSnapshot(input: DeleteSnapshotInput): Promise<DeleteSnapshotResult> {
  return await runOperation(
    {
      name: 'deleteSnapshot',
      input: deleteSnapshotInput,
      phases: DELETE_SNAPSHOT_PHASES,
      subject: ({ snapshotId }) => `Deletion of snapshot ${snapshotId} in ${ownCluster()}`,
      complete: ({ snapshotId }) => `snapshot ${snapshotId} is gone.`,
    },
    input,
    deleteIt,
  );
}

async function deleteIt({
  request,
  settings,
  progress,
}: StartedRun<DeleteSnapshotInput>): Promise<DeleteSnapshotResult> {
  const { snapshotId } = request;
  progress.enter('preflight');
  const found = await new PreflightQuestions(settings, progress)
    .ask(
      `whose is ${snapshotId}?`,
      async (summary, patience) => await shortStep(settings, summary).findSnapshot({ snapshotId, ...patience }),
    )
    .catch((error: unknown) => {
      throw asRunFailure(error, 'The cluster');
    });
  const { database } = found;
  const held = await holdDatabase({ operation: 'deleteSnapshot', request, database, settings, progress }, async () => {
    await shortStep(settings, `may ${snapshotId} be deleted?`).preflightDeleteSnapshot({ snapshotId, found });
  });
  return await finishRun(held, async () => {
    progress.enter('delete');
    await shortStep(settings, `delete ${snapshotId}`).deleteSnapshot({ guarded: held.guardians.guarded(), snapshotId });
    await wait(settings, `until ${snapshotId} is gone`, 'snapshotDeadline').waitUntilDeleted({ snapshotId });
    await getExternalWorkflowHandle(expiryId(snapshotId))
      .cancel()
      .catch(() => undefined); // it had no expiry run
    return { snapshotId };
  });
}
