import {
  RESTORE_SNAPSHOT_PHASES,
  apiOf,
  bareName,
  languageOf,
  restoreSnapshotInput,
  type RestoreSnapshotInput,
  type RestoreSnapshotResult,
} from '../contract';
import { asRunFailure } from './run/failure';
import { finishRun } from './run/finish-run';
import { holdDatabase } from './lock/hold-database';
import { notedStep } from './run/noted-step';
import { shortStep, wait } from './run/policies';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import { PreflightQuestions } from './run/ask-preflight';
import { given } from '../objects/given';

/**
 * Restores a database in place from a snapshot inside the cluster. From the moment that the restoration may have begun,
 * the lock is held until it is listed RESTORED or FAILED: nothing may touch the database before.
 */
export async function restoreSnapshot(input: RestoreSnapshotInput): Promise<RestoreSnapshotResult> {
  return await runOperation(
    {
      name: 'restoreSnapshot',
      input: restoreSnapshotInput,
      phases: RESTORE_SNAPSHOT_PHASES,
      subject: ({ snapshotId, confirm }) => `Restore of snapshot ${snapshotId} into ${confirm} in ${ownCluster()}`,
      complete: ({ restorationId, database, restoredTo }) =>
        `${database} is as it was at ${restoredTo} (restoration ${restorationId}).`,
    },
    input,
    restore,
  );
}

async function restore({
  request,
  settings,
  progress,
}: StartedRun<RestoreSnapshotInput>): Promise<RestoreSnapshotResult> {
  const { snapshotId } = request;
  progress.enter('preflight');
  const found = await new PreflightQuestions(settings, progress)
    .ask(
      `what is ${snapshotId}?`,
      async (summary, patience) => await shortStep(settings, summary).findSnapshot({ snapshotId, ...patience }),
    )
    .catch((error: unknown) => {
      throw asRunFailure(error, 'The cluster');
    });
  const { database, namespaceId } = found;
  const held = await holdDatabase(
    { operation: 'restoreSnapshot', request, database, settings, progress },
    (questions) =>
      questions.ask(
        `may ${snapshotId} be restored in place?`,
        async (summary, patience) =>
          await shortStep(settings, summary).preflightRestoreSnapshot({ request, found, ...patience }),
      ),
  );
  const { guardian, guardians, checked, warn } = held;
  checked.warnings.forEach(warn);
  return await finishRun(held, async () => {
    progress.enter('restore');
    const restorationId = await guardians.withCluster(async () => {
      const { restorationIds: listedBefore } = await shortStep(
        settings,
        'nodes of the replicas ALIVE, restorations before',
      ).lookBeforeRestore({ snapshotId, name: bareName(database), api: apiOf(database) });
      const guarded = guardians.guarded();
      const note = { kind: 'restoration', database, snapshotIds: [snapshotId], listedBefore } as const;
      await shortStep(settings, `end the sessions in ${database}`).endSessions({
        guarded,
        database,
        ...given({ namespaceId }),
      });
      const noted = { key: 'restoration', undo: { ...note, snapshotIds: [snapshotId] } };
      const started = await notedStep(held, noted, () =>
        shortStep(settings, `restore ${snapshotId} in place`).restoreSnapshot({
          guarded,
          snapshotId,
          listedBefore,
          ...given({ atMicros: checked.atMicros }),
        }),
      );
      await guardian.note('restoration', { ...note, snapshotIds: [snapshotId], id: started.restorationId });
      await wait(settings, `until ${database} is RESTORED`, 'restoreDeadline').waitForRestoration({
        ...started,
        snapshotId,
      });
      return started.restorationId;
    });
    progress.enter('verify');
    const { invalidIndexes } = await shortStep(settings, `look at ${database}`).lookAfterRecovery({
      database,
      ...given({ namespaceId }),
    });
    if (invalidIndexes.length > 0)
      warn(`Invalid indexes, to be dropped and created again: ${invalidIndexes.join(', ')}.`);
    if (languageOf(database).hasSequences)
      warn(
        'Sequences continue from where they are now; have every client connect again (sequence caches, prepared plans).',
      );
    return { restorationId, database, restoredTo: checked.restoredTo };
  });
}
