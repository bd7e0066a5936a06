import {
  enablePointInTimeRecoveryInput,
  SCHEDULE_PHASES,
  type EnablePointInTimeRecoveryInput,
  type EnablePointInTimeRecoveryResult,
} from '../contract';
import { finishRun } from './run/finish-run';
import { holdDatabase, type HeldDatabase } from './lock/hold-database';
import { notedStep } from './run/noted-step';
import { NOT_RECORDED, tolerateStoreOutage } from './run/tolerate-store-outage';
import { sideQuestion, shortStep, wait } from './run/policies';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import type { SchedulePlan } from '../activities/control/pitr/preflight-schedule';
import { given } from '../objects/given';

/**
 * Has the cluster take snapshots of a database and keep the history between them. Called again with the same input it
 * changes nothing; another interval changes the existing schedule. It ends when the first snapshot is complete: from
 * then on moments can be recovered.
 */
export async function enablePointInTimeRecovery(
  input: EnablePointInTimeRecoveryInput,
): Promise<EnablePointInTimeRecoveryResult> {
  return await runOperation(
    {
      name: 'enablePointInTimeRecovery',
      input: enablePointInTimeRecoveryInput,
      phases: SCHEDULE_PHASES,
      subject: ({ database }) => `Point-in-time recovery of ${database} on ${ownCluster()}`,
      complete: ({ scheduleId, database, every, keep }) =>
        `from now on ${database} can be recovered to any moment of its last ${keep} (snapshot schedule ${scheduleId}, every ${every}).`,
    },
    input,
    enable,
  );
}

async function enable({
  request,
  settings,
  progress,
}: StartedRun<EnablePointInTimeRecoveryInput>): Promise<EnablePointInTimeRecoveryResult> {
  const { database, every, keep } = request;
  const held = await holdDatabase(
    { operation: 'enablePointInTimeRecovery', request, database, settings, progress },
    (questions) =>
      questions.ask(
        `which schedules has ${database}?`,
        async (summary, patience) =>
          await shortStep(settings, summary).preflightSchedule({ database, wanted: { every, keep }, ...patience }),
      ),
  );
  held.checked.warnings?.forEach(held.warn);
  return await finishRun(held, async () => {
    progress.enter('schedule');
    const scheduleId = await scheduleAsWanted(held, held.checked);
    const { others } = await wait(
      settings,
      'until the first snapshot is COMPLETE',
      'snapshotDeadline',
    ).waitForFirstSnapshot({ scheduleId, database });
    for (const other of others)
      held.warn(
        `There is another snapshot schedule of ${database}, ${other}: someone else created it, or a creation whose reply was lost took effect late. The cluster supports one; delete it with yb-admin delete_snapshot_schedule ${other}.`,
      );
    await held.guardian.release('schedule');
    return { scheduleId, database, every, keep };
  });
}

async function scheduleAsWanted(
  held: HeldDatabase<EnablePointInTimeRecoveryInput>,
  { action, scheduleId: there, wanted, listedBefore, catalogVersion }: SchedulePlan,
): Promise<string> {
  const { guardian, guardians, settings, database } = held;
  if (!wanted) throw new RangeError('a schedule is enabled without its interval');
  return await guardians.withCluster(async () => {
    const guarded = guardians.guarded();
    let scheduleId = there ?? '';
    if (action === 'create') {
      const undo = { kind: 'schedule' as const, database, listedBefore };
      const created = await notedStep(held, { key: 'schedule', undo }, () =>
        shortStep(settings, `schedule of ${database}`).createSnapshotSchedule({
          guarded,
          database,
          listedBefore,
          ...wanted,
        }),
      );
      scheduleId = created.scheduleId;
      await guardian.note('schedule', { kind: 'schedule', database, scheduleId, listedBefore });
    }
    if (action === 'edit')
      await shortStep(settings, `change ${scheduleId}`).editSnapshotSchedule({ guarded, scheduleId, ...wanted });
    const at = new Date(Date.now()).toISOString();
    await tolerateStoreOutage(held, NOT_RECORDED, () =>
      sideQuestion(settings, 'record in the bucket').recordPointInTime({
        guarded,
        database,
        at,
        schedule: { id: scheduleId, ...wanted },
        ...given({ catalogVersion }),
      }),
    );
    return scheduleId;
  });
}
