import { z } from 'zod';
import type { Command } from '../command';
import { jsonOf } from '../read-output';

export interface CreateSnapshotScheduleInput {
  /** `ysql.orders`, `ycql.shop`. */
  database: string;
  intervalMinutes: number;
  /** Longer than the interval; old servers do not check it (#12001). */
  retentionMinutes: number;
}

const document = z.object({ schedule_id: z.string() });

/**
 * Makes the cluster take snapshots of one database at an interval and keep the history between them. A second call
 * creates a second schedule. Source: v2.6 manual, "Point-in-time recovery"; yb-admin sources 2021–2025.
 */
export const createSnapshotSchedule: Command<CreateSnapshotScheduleInput, { scheduleId: string }> = {
  name: 'create_snapshot_schedule',
  mutates: true,
  argv: ({ database, intervalMinutes, retentionMinutes }) => [
    'create_snapshot_schedule',
    String(intervalMinutes),
    String(retentionMinutes),
    database,
  ],
  parse: (stdout) => ({ scheduleId: jsonOf(document, stdout, 'id of the snapshot schedule').schedule_id }),
};
