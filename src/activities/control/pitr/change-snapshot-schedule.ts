import { cancellationSignal } from '@temporalio/activity';
import { editSnapshotSchedule } from '../../../yugabyte';
import type { Guarded } from '../../shapes';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { ensureScheduleDeleted } from '../undo/snapshot-schedules';

/** Gives a schedule another interval and retention; the history that it keeps stays. Safe to repeat. */
export function makeEditSnapshotSchedule(dependencies: ControlDependencies) {
  return async function editSchedule(input: {
    guarded: Guarded;
    scheduleId: string;
    everyMinutes: number;
    keepMinutes: number;
  }): Promise<void> {
    await confirmGuardians(dependencies, input.guarded);
    await dependencies
      .yugabyte()
      .run(
        editSnapshotSchedule,
        { scheduleId: input.scheduleId, intervalMinutes: input.everyMinutes, retentionMinutes: input.keepMinutes },
        { signal: cancellationSignal() },
      );
  };
}

/** Deletes a schedule with its snapshots; one that is gone is done. */
export function makeDeleteSnapshotSchedule(dependencies: ControlDependencies) {
  return async function deleteSchedule(input: { guarded: Guarded; scheduleId: string }): Promise<void> {
    await confirmGuardians(dependencies, input.guarded);
    await ensureScheduleDeleted(dependencies.yugabyte(), input.scheduleId, cancellationSignal());
  };
}
