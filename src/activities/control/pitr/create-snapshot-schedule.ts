import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import { createSnapshotSchedule as createCommand, ToolFailed } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import { makingByCommand } from '../../made-nothing';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { newSchedules } from '../undo/snapshot-schedules';

export interface CreateSnapshotScheduleInput {
  guarded: Guarded;
  database: string;
  everyMinutes: number;
  keepMinutes: number;
  /** Schedules that were there before the first attempt. */
  listedBefore: string[];
}

/** Creates the schedule once: after a lost reply, the only new schedule of the database is ours. */
export function makeCreateSnapshotSchedule(dependencies: ControlDependencies) {
  return async function createSnapshotSchedule(input: CreateSnapshotScheduleInput): Promise<{ scheduleId: string }> {
    const { guarded, database, everyMinutes, keepMinutes, listedBefore } = input;
    return await makingByCommand(async (command) => {
      await confirmGuardians(dependencies, guarded);
      const yugabyte = dependencies.yugabyte();
      const found = async (): Promise<string | undefined> => {
        const [only, ...more] = await newSchedules(yugabyte, database, listedBefore, cancellationSignal());
        if (more.length > 0)
          throw failWith(
            'ToolFailed',
            `${more.length + 1} snapshot schedules of ${database} appeared while this run's was being created (${[only, ...more].join(', ')}); decide which one you want, and delete the others.`,
          );
        return only;
      };
      if (activityInfo().attempt > 1) {
        const earlier = await found();
        if (earlier !== undefined) return { scheduleId: earlier };
      }
      try {
        return await command(() =>
          yugabyte.run(
            createCommand,
            { database, intervalMinutes: everyMinutes, retentionMinutes: keepMinutes },
            { signal: cancellationSignal() },
          ),
        );
      } catch (error) {
        if (!(error instanceof ToolFailed) || error.outcome !== 'unknown') throw error;
        await sleep(dependencies.timing.rpcTimeout);
        const created = await found();
        if (created === undefined) throw error; // the next attempt looks again before it acts
        return { scheduleId: created };
      }
    });
  };
}
