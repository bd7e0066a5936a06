import type { ScheduleDefinition } from '../contract';

/** What was asked of one schedule last. */
export interface ScheduleRecord {
  scheduleId: string;
  /** RFC 3339 UTC, the store's time. */
  at: string;
  /** `removed`: somebody took it away on purpose. */
  schedule: ScheduleDefinition | 'removed';
}

/**
 * Where schedules are written down beside Temporal: the repository's `schedules/`. The client knows no bucket; who
 * has one gives it these.
 */
export interface ScheduleRecords {
  /** The newest record of each schedule that was ever recorded. */
  newest(): Promise<ScheduleRecord[]>;
  /**
   * Throws, with nothing written, where a change could not be recorded whenever it is asked for: a key is missing that
   * it must be signed with. Asked before Temporal is changed.
   */
  confirmWritable?(): Promise<void> | void;
  /** Writes a change; it counts from then on. */
  write(scheduleId: string, schedule: ScheduleDefinition | 'removed'): Promise<void>;
}
