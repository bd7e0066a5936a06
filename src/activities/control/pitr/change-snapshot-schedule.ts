import { cancellationSignal } from '@temporalio/activity';
import { editSnapshotSchedule } from '../../../yugabyte';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { ensureScheduleDeleted } from '../undo/snapshot-schedules';

/** Changes the interval and retention of a schedule; the history it keeps stays. Safe to repeat. */
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

/** Deletes a schedule with its snapshots; succeeds if it no longer exists. */
export function makeDeleteSnapshotSchedule(dependencies: ControlDependencies) {
  return async function deleteSchedule(input: { guarded: Guarded; scheduleId: string }): Promise<void> {
    await confirmGuardians(dependencies, input.guarded);
    await ensureScheduleDeleted(dependencies.yugabyte(), input.scheduleId, cancellationSignal());
  };
}
