import type { Schedules } from '../../../client';
import type { Session } from '../../core/session';

/** Exit codes of the commands that read and change schedules. */
export const SCHEDULE_EXITS = { 0: undefined, 1: undefined, 2: undefined, 3: undefined, 4: undefined };

/** Connects to Temporal and opens the bucket in which schedules are recorded, does the work, and closes both. */
export async function withSchedules<T>(
  session: Session,
  work: (schedules: Schedules) => Promise<T>,
  { onlyReads = false } = {},
): Promise<T> {
  const { parts } = session.context;
  const records = parts.openScheduleRecords(session.config(), (text) => {
    session.remark(text);
  });
  try {
    return await session.withClient(async (client) => await work(client.schedules), {
      scheduleRecords: records,
      onlyReads,
    });
  } finally {
    records.close();
  }
}
