import {
  disablePointInTimeRecoveryInput,
  SCHEDULE_PHASES,
  type DisablePointInTimeRecoveryInput,
  type DisablePointInTimeRecoveryResult,
} from '../contract';
import { finishRun } from './run/finish-run';
import { holdDatabase } from './lock/hold-database';
import { NOT_RECORDED, tolerateStoreOutage } from './run/tolerate-store-outage';
import { sideQuestion, shortStep } from './run/policies';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';

/** Deletes a database's snapshot schedule and the history that it kept. */
export async function disablePointInTimeRecovery(
  input: DisablePointInTimeRecoveryInput,
): Promise<DisablePointInTimeRecoveryResult> {
  return await runOperation(
    {
      name: 'disablePointInTimeRecovery',
      input: disablePointInTimeRecoveryInput,
      phases: SCHEDULE_PHASES,
      subject: ({ database }) => `End of point-in-time recovery of ${database} on ${ownCluster()}`,
      complete: ({ scheduleId, database }) =>
        `snapshot schedule ${scheduleId} of ${database} is gone, with the history that it kept.`,
    },
    input,
    disable,
  );
}

async function disable({
  request,
  settings,
  progress,
}: StartedRun<DisablePointInTimeRecoveryInput>): Promise<DisablePointInTimeRecoveryResult> {
  const { database } = request;
  const held = await holdDatabase(
    { operation: 'disablePointInTimeRecovery', request, database, settings, progress },
    (questions) =>
      questions.ask(
        `which schedules has ${database}?`,
        async (summary, patience) => await shortStep(settings, summary).preflightSchedule({ database, ...patience }),
      ),
  );
  held.checked.warnings?.forEach(held.warn);
  return await finishRun(held, async () => {
    progress.enter('schedule');
    const scheduleId = held.checked.scheduleId ?? '';
    const guarded = held.guardians.guarded();
    await shortStep(settings, `delete ${scheduleId}`).deleteSnapshotSchedule({ guarded, scheduleId });
    const at = new Date(Date.now()).toISOString();
    await tolerateStoreOutage(held, NOT_RECORDED, () =>
      sideQuestion(settings, 'record in the bucket').recordPointInTime({ guarded, database, at, schedule: 'off' }),
    );
    return { scheduleId, database };
  });
}
