import { z } from 'zod';
import type { Command } from './command';
import { notSupported } from './not-supported';
import { jsonOf } from './read-output';

const document = z.object({ schedule_id: z.string() });

/** Deletes a schedule and its snapshots; it stays listed with a time of deletion for a while. Since 2.8. */
export const deleteSnapshotSchedule: Command<{ scheduleId: string }, { scheduleId: string }> = {
  name: 'delete_snapshot_schedule',
  mutates: true,
  argv({ scheduleId }, release) {
    if (!release.deletesSchedules) throw notSupported('delete_snapshot_schedule', release);
    return ['delete_snapshot_schedule', scheduleId];
  },
  parse: (stdout) => ({ scheduleId: jsonOf(document, stdout, 'id of the snapshot schedule').schedule_id }),
};
