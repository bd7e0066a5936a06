import type { InspectClusterResult } from '../../../contract';
import type { Schedule } from '../../../schedules';
import { given } from '../../../objects/given';

/** The runs that the schedules of one database will start, soonest first; paused ones last. */
export function nextRuns(
  schedules: readonly Schedule[],
  database: string,
): NonNullable<InspectClusterResult['databases'][number]['nextRuns']> {
  return schedules
    .filter((schedule) => schedule.database === database)
    .map(({ id, operation, nextRunAt }) => ({
      schedule: id,
      operation,
      ...given({ at: nextRunAt }),
    }))
    .sort((a, b) => ((a.at ?? '~') < (b.at ?? '~') ? -1 : 1));
}

type Database = Pick<InspectClusterResult['databases'][number], 'database' | 'tables' | 'newestBackup' | 'nextRuns'>;

/** Schedules whose runs leave a copy outside of the cluster. */
const COPYING_OPERATIONS = new Set(['backUpDatabase', 'dumpDatabase']);

/**
 * The problem of a database with tables that would be lost with its cluster: no backup, and no schedule that makes one.
 * None when either could not be listed.
 */
export function unprotected({ database, tables, newestBackup, nextRuns }: Database): string[] {
  if (tables === 0 || newestBackup !== undefined || nextRuns === undefined) return [];
  if (nextRuns.some(({ operation, at }) => COPYING_OPERATIONS.has(operation) && at !== undefined)) return [];
  return [
    `${database} has neither a backup nor a schedule that makes one: kalpa backup ${database}, or kalpa schedule add backup ${database}.`,
  ];
}
