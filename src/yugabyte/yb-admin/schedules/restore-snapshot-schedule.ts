import { z } from 'zod';
import type { Micros } from '../../micros';
import type { Command } from '../command';
import { jsonOf } from '../read-output';

export interface RestoreSnapshotScheduleInput {
  scheduleId: string;
  /** Microseconds; `minus` is never used, because a retry would target another moment. */
  toMicros: Micros;
}

export interface StartedRewind {
  snapshotId: string;
  restorationId: string;
}

const document = z.object({ snapshot_id: z.string(), restoration_id: z.string() });

/**
 * Rewinds a schedule's database in place. Until 2.14 yb-admin itself chooses or takes a snapshot and waits for it, so
 * the command may take minutes; the restoration is its last step, so a clear refusal means that none was started. A
 * second call starts a second restoration.
 */
export const restoreSnapshotSchedule: Command<RestoreSnapshotScheduleInput, StartedRewind> = {
  name: 'restore_snapshot_schedule',
  mutates: true,
  argv({ scheduleId, toMicros }) {
    if (!/^\d{16}$/.test(toMicros))
      throw new RangeError(`restore_snapshot_schedule takes a moment as 16 digits of microseconds, not "${toMicros}"`);
    return ['restore_snapshot_schedule', scheduleId, toMicros];
  },
  parse(stdout) {
    const started = jsonOf(document, stdout, 'ids of the rewind');
    return { snapshotId: started.snapshot_id, restorationId: started.restoration_id };
  },
};
