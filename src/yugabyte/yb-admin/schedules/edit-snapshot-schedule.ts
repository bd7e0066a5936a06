import { z } from 'zod';
import type { Command } from '../command';
import { notSupported } from '../failure';
import { jsonOf } from '../read-output';

export interface EditSnapshotScheduleInput {
  scheduleId: string;
  intervalMinutes: number;
  retentionMinutes: number;
}

const document = z.object({ schedule: z.object({ id: z.string() }) });

/** Changes interval and retention; existing history stays. Since 2.14. Safe to repeat. */
export const editSnapshotSchedule: Command<EditSnapshotScheduleInput, { scheduleId: string }> = {
  name: 'edit_snapshot_schedule',
  mutates: true,
  argv({ scheduleId, intervalMinutes, retentionMinutes }, release) {
    if (!release.editsSchedules) throw notSupported('edit_snapshot_schedule', release);
    return [
      'edit_snapshot_schedule',
      scheduleId,
      'interval',
      String(intervalMinutes),
      'retention',
      String(retentionMinutes),
    ];
  },
  parse: (stdout) => ({ scheduleId: jsonOf(document, stdout, 'snapshot schedule').schedule.id }),
};
