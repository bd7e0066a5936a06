import { formatMicros, languageOf } from '../../contract';
import { finishRun } from '../run/finish-run';
import { holdDatabase } from '../lock/hold-database';
import { notedStep } from '../run/noted-step';
import { longStep, shortStep, wait } from '../run/policies';
import type { Recovered, RecoveryRun } from './recovery';
import { watchingOtherSchemas } from './watching-other-schemas';
import { given } from '../../objects/given';

/**
 * Runs `restore_snapshot_schedule` once, under the cluster lock: DDL in another database during a rewind has been lost
 * (#34074). From the moment that it may have begun, the locks are held until it is listed RESTORED or FAILED.
 */
export async function rewindInPlace({ request, toMicros, settings, progress }: RecoveryRun): Promise<Recovered> {
  const { database, confirmDataLoss, acknowledgeStreams } = request;
  const held = await holdDatabase(
    { operation: 'recoverToPointInTime', request, database, settings, progress },
    (questions) =>
      questions.ask(
        `may ${database} be rewound?`,
        async (summary, patience) =>
          await shortStep(settings, summary).preflightRecovery({
            database,
            toMicros,
            ...given({ confirmDataLoss, acknowledgeStreams }),
            ...patience,
          }),
      ),
  );
  const { guardian, guardians, checked, warn } = held;
  const { preview, namespaceId } = checked;
  checked.warnings.forEach(warn);
  held.storeIsAway = !checked.storeAnswers;
  return await finishRun(held, async () => {
    progress.enter('restore');
    const { scheduleId } = preview;
    const putBack = async (): Promise<string> => {
      const guarded = guardians.guarded();
      const { ended } = await shortStep(settings, `end the sessions in ${database}`).endSessions({
        guarded,
        database,
        namespaceId,
      });
      if (ended > 0) warn(`${ended} open sessions were ended, with what they had not committed.`);
      const { listedBefore } = checked;
      const undo = { kind: 'restoration' as const, database, scheduleId, snapshotIds: [], listedBefore };
      const started = await notedStep(held, { key: 'restoration', undo, within: 'phaseDeadline' }, () =>
        longStep(settings, `rewind ${database} to ${formatMicros(toMicros)}`).rewindDatabase({
          guarded,
          database,
          namespaceId,
          scheduleId,
          toMicros,
          listedBefore,
        }),
      );
      await guardian.note('restoration', { ...undo, id: started.restorationId });
      await wait(settings, `until ${database} is RESTORED`, 'restoreDeadline').waitForRestoration({
        restorationId: started.restorationId,
        scheduleId,
        ...given({ snapshotId: started.snapshotId }),
      });
      return started.restorationId;
    };
    const restorationId = await progress.during(coverText(preview.ddlSince, preview.openConnections), () =>
      guardians.withCluster(async () => await watchingOtherSchemas(held, putBack)),
    );
    progress.enter('verify');
    const { invalidIndexes } = await shortStep(settings, `look at ${database}`).lookAfterRecovery({
      database,
      namespaceId,
    });
    if (invalidIndexes.length > 0)
      warn(`Drop and create again the indexes that were being built then: ${invalidIndexes.join(', ')}.`);
    if (languageOf(database).hasSequences)
      warn('Have every client connect again: sequence caches and prepared plans date from before the rewind.');
    return {
      database,
      recoveredTo: formatMicros(toMicros),
      mode: 'rewind' as const,
      restorationId,
      invalidIndexes,
      covered: preview,
    };
  });
}

function coverText(ddlSince: string[], sessions: number): string {
  const ddl = ddlSince.length === 0 ? 'no table was created or dropped since' : ddlSince.slice(0, 3).join('; ');
  return `${ddl}; ${sessions} open sessions`;
}
