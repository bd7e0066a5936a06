import {
  disablePointInTimeRecoveryInput,
  SCHEDULE_PHASES,
  type DisablePointInTimeRecoveryInput,
  type DisablePointInTimeRecoveryResult,
} from '../contract';
import { checkedInput } from './failure';
import { finishRun } from './finish-run';
import { holdDatabase } from './hold-database';
import { control, patient } from './policies';
import { RunProgress } from './progress';
import { ownCluster, readSettings } from './run-context';

/** Deletes a database's snapshot schedule and the history that it kept. */
export async function disablePointInTimeRecovery(
  input: DisablePointInTimeRecoveryInput,
): Promise<DisablePointInTimeRecoveryResult> {
  const request = checkedInput('disablePointInTimeRecovery', disablePointInTimeRecoveryInput, input);
  const { database } = request;
  const progress = new RunProgress(
    'disablePointInTimeRecovery',
    `End of point-in-time recovery of ${database} on ${ownCluster()}`,
    SCHEDULE_PHASES,
  );
  const settings = await readSettings();
  progress.use(settings);
  const held = await holdDatabase(
    { operation: 'disablePointInTimeRecovery', request, database, settings, progress },
    () => patient(settings, `which schedules has ${database}?`).preflightSchedule({ database }),
  );
  return await finishRun(held, async () => {
    progress.enter('schedule');
    const scheduleId = held.checked.scheduleId ?? '';
    const guarded = held.guardians.guarded();
    await control(settings, `delete ${scheduleId}`).deleteSnapshotSchedule({ guarded, scheduleId });
    await control(settings, 'record of what was asked').recordPointInTime({
      guarded,
      database,
      at: new Date(Date.now()).toISOString(),
      schedule: 'off',
    });
    return { scheduleId, database };
  });
}
