import type { InspectClusterResult } from '../../../contract';
import type { Schedule } from '../../../schedules';
import { given } from '../../../objects/given';

/** What the schedules of one database will start, soonest first; paused ones last. */
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
