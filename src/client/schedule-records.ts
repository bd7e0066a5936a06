import type { ScheduleDefinition } from '../contract';

/** The last requested state of one schedule. */
export interface ScheduleRecord {
  scheduleId: string;
  /** RFC 3339 UTC, the store's time. */
  at: string;
  /** `removed`: someone removed it on purpose. */
  schedule: ScheduleDefinition | 'removed';
}

/**
 * Where schedules are recorded besides Temporal: the repository's `schedules/`. The client knows no bucket; a caller
 * that has one passes these.
 */
export interface ScheduleRecords {
  /** The newest record of every schedule ever recorded. */
  newest(): Promise<ScheduleRecord[]>;
  /**
   * Throws, with nothing written, if a change can't be recorded: a key is missing that it must be signed with. Called
   * before Temporal is changed.
   */
  confirmWritable?(): Promise<void> | void;
  /** Records a change; it counts from then on. */
  write(scheduleId: string, schedule: ScheduleDefinition | 'removed'): Promise<void>;
}
