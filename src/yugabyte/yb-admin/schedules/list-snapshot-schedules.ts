import { z } from 'zod';
import { UnexpectedOutput } from '../../errors';
import { microsOfPrintedTime, type Micros } from '../../micros';
import type { Command } from '../command';
import { jsonOf } from '../read-output';
import { given } from '../../../objects/given';

export interface ListedSchedule {
  id: string;
  /** `ysql.orders`; not printed by 2.6. */
  filter?: string;
  intervalSeconds: number;
  retentionSeconds: number;
  /** Set once it has been deleted; it stays listed for a while. */
  deleted: boolean;
  snapshots: { id: string; snapshotMicros?: Micros; previousMicros?: Micros }[];
}

// 2.6 prints `*_time_utc` or `*_time`, depending on the build, so each field is accepted on its own.
const time = z.string().optional();
export const schedulesDocument = z.object({
  schedules: z.array(
    z.object({
      id: z.string(),
      options: z.object({
        filter: z.string().optional(),
        interval: z.string(),
        retention: z.string(),
        delete_time: time,
        delete_time_utc: time,
      }),
      snapshots: z.array(
        z.object({
          id: z.string(),
          snapshot_time: time,
          snapshot_time_utc: time,
          previous_snapshot_time: time,
          previous_snapshot_time_utc: time,
        }),
      ),
    }),
  ),
});

/** The cluster's own snapshot schedules with their snapshots. This list does not include the snapshots' states. */
export const listSnapshotSchedules: Command<Record<string, never>, ListedSchedule[]> = {
  name: 'list_snapshot_schedules',
  mutates: false,
  lists: true,
  argv: () => ['list_snapshot_schedules'],
  parse: (stdout) =>
    jsonOf(schedulesDocument, stdout, 'list of snapshot schedules').schedules.map(({ id, options, snapshots }) => ({
      id,
      ...given({ filter: options.filter }),
      intervalSeconds: secondsOf(options.interval),
      retentionSeconds: secondsOf(options.retention),
      deleted: options.delete_time !== undefined || options.delete_time_utc !== undefined,
      snapshots: snapshots.map((one) => {
        const snapshotMicros = microsOfPrintedTime(one.snapshot_time ?? one.snapshot_time_utc);
        const previousMicros = microsOfPrintedTime(one.previous_snapshot_time ?? one.previous_snapshot_time_utc);
        return {
          id: one.id,
          ...given({ snapshotMicros, previousMicros }),
        };
      }),
    })),
};

/** `60.000s` in 2.6, `1 min` since (whole minutes: the tool cuts off seconds). */
function secondsOf(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s| min)$/.exec(text) ?? [];
  if (unit === undefined)
    throw new UnexpectedOutput('duration of a snapshot schedule', text, 'yb-admin list_snapshot_schedules');
  return Number(amount) * (unit === 's' ? 1 : 60);
}
