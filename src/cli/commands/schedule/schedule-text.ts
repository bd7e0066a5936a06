import type { ListedSchedule } from '../../../client';
import { tableText } from '../../core/terminal-text';

/** One line for each schedule. */
export function schedulesText(schedules: readonly ListedSchedule[]): string {
  return tableText(
    ['SCHEDULE', 'OPERATION', 'WHEN', 'STATE', 'NEXT RUN', 'LAST RUN', 'NOTE'],
    schedules.map((one) => [
      one.id,
      one.operation,
      one.when ?? '?',
      one.recorded === false ? `${one.state}, not recorded` : one.state,
      one.nextRunAt?.replace('.000Z', 'Z') ?? '',
      one.recentRuns.at(-1)?.at.replace(/\.\d+Z$/, 'Z') ?? '',
      one.note ?? '',
    ]),
  );
}

/** What was made or changed, on one line. */
export function scheduleText(done: string, one: ListedSchedule): string {
  const next = one.paused ? 'paused' : `next run ${one.nextRunAt?.replace('.000Z', 'Z') ?? 'never'}`;
  return `${done}  ${one.id}  ${one.operation}${one.when === undefined ? '' : `  ${one.when}`}  ${next}`;
}
