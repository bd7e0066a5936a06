import { z } from 'zod';
import type { Command } from '../command';
import { jsonOf } from '../read-output';

const document = z.object({ schedule_id: z.string() });

/**
 * Deletes a schedule and its snapshots; it stays listed with a deletion time for a while. Every supported release has
 * it: it is in ent/src/yb/tools/yb-admin_cli_ent.cc at 2.6.0, 2.6.5 and 2.6.20, though missing in their manual
 * (#10779).
 */
export const deleteSnapshotSchedule: Command<{ scheduleId: string }, { scheduleId: string }> = {
  name: 'delete_snapshot_schedule',
  mutates: true,
  argv: ({ scheduleId }) => ['delete_snapshot_schedule', scheduleId],
  parse: (stdout) => ({ scheduleId: jsonOf(document, stdout, 'id of the snapshot schedule').schedule_id }),
};
