import type { ScheduleDefinition } from '../contract';
import type { Schedule } from '../schedules';
import { given } from '../objects/given';

/** `missing`: recorded in the repository, but not in this Temporal; `restore` creates it again. */
export type ScheduleState = 'active' | 'paused' | 'missing';

/** A schedule as Temporal and the repository know it. */
export interface ListedSchedule extends Schedule {
  state: ScheduleState;
  /** When it runs, as it was requested; absent if nothing is recorded. */
  when?: string;
  /** Whether the repository has it, so that a new Temporal gets it back; absent if no records were given. */
  recorded?: boolean;
}

/** Combines the two. Undefined when neither has it. `recorded`: undefined if no records were given. */
export function listedSchedule(
  inTemporal: Schedule | undefined,
  definition: ScheduleDefinition | undefined,
  recorded: boolean | undefined,
): ListedSchedule[] {
  const known = inTemporal ?? (definition && missingSchedule(definition));
  if (!known) return [];
  return [
    {
      ...known,
      state: inTemporal === undefined ? 'missing' : inTemporal.paused ? 'paused' : 'active',
      ...(definition ? { when: scheduleTimesText(definition) } : {}),
      ...given({ recorded }),
    },
  ];
}

/** `0 2 * * * Europe/Berlin`, `every 6h`. */
export function scheduleTimesText({
  cron,
  every,
  timeZone,
}: Pick<ScheduleDefinition, 'cron' | 'every' | 'timeZone'>): string {
  if (every !== undefined) return `every ${every}`;
  return `${cron ?? ''} ${timeZone ?? 'UTC'}`;
}

function missingSchedule({ scheduleId, operation, input, paused = false, note }: ScheduleDefinition): Schedule {
  const database = input['database'];
  return {
    id: scheduleId,
    operation,
    ...(typeof database === 'string' ? { database } : {}),
    paused,
    ...given({ note }),
    recentRuns: [],
  };
}
