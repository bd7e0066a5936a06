import type { OperationName } from './operations';

/** What Temporal schedules may start: the word of the command line, and the workflow type. Nothing that overwrites. */
export const schedulable = {
  backup: 'backUpDatabase',
  snapshot: 'createSnapshot',
  dump: 'dumpDatabase',
  'dump-cluster': 'dumpCluster',
  retain: 'applyRetention',
  rehearse: 'rehearseRestore',
  scrub: 'scrubRepository',
} as const satisfies Record<string, OperationName>;

export type ScheduleWord = keyof typeof schedulable;
export type ScheduledOperation = (typeof schedulable)[ScheduleWord];
