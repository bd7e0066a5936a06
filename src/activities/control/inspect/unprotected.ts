import type { InspectClusterResult } from '../../../contract';

type Database = Pick<InspectClusterResult['databases'][number], 'database' | 'tables' | 'newestBackup' | 'nextRuns'>;

/** Schedules that leave something outside of the cluster. */
const LEAVE_A_COPY = new Set(['backUpDatabase', 'dumpDatabase']);

/**
 * What to say of a database with tables that would be lost with its cluster: no backup, and no schedule that makes one.
 * Not where either could not be looked for.
 */
export function unprotected({ database, tables, newestBackup, nextRuns }: Database): string[] {
  if (tables === 0 || newestBackup !== undefined || nextRuns === undefined) return [];
  if (nextRuns.some(({ operation, at }) => LEAVE_A_COPY.has(operation) && at !== undefined)) return [];
  return [
    `${database} has neither a backup nor a schedule that makes one: kalpa backup ${database}, or kalpa schedule add backup ${database}.`,
  ];
}
