import type { ListedSchedule } from '../../../client';
import { ListPrinter } from '../../core/list-printer';
import type { Session } from '../../core/session';
import { textsInOneLine } from '../../core/sanitized-output';
import { withoutFraction } from '../../../objects/texts';

/** Prints the schedules, each with how its last run ended. */
export function printSchedules(session: Session, schedules: readonly ListedSchedule[]): void {
  const widest = (of: (one: ListedSchedule) => string): number =>
    schedules.reduce((width, one) => Math.max(width, of(one).length), 0);
  const state = (one: ListedSchedule): string => (one.recorded === false ? `${one.state}, not recorded` : one.state);
  const printer = new ListPrinter<ListedSchedule>(session, [
    { title: 'SCHEDULE', width: widest(({ id }) => id), of: ({ id }) => id },
    { title: 'OPERATION', width: widest(({ operation }) => operation), of: ({ operation }) => operation, more: true },
    { title: 'WHEN', width: widest(({ when = '?' }) => when), of: ({ when = '?' }) => when, more: true },
    { title: 'STATE', width: widest(state), of: state },
    { title: 'NEXT RUN', width: 20, of: ({ nextRunAt }) => nextRunAt?.replace('.000Z', 'Z') ?? '' },
    { title: 'LAST RUN', width: widest(lastRun), of: lastRun, more: true },
    { title: 'NOTE', of: ({ note = '' }) => note, more: true },
  ]);
  for (const one of schedules) printer.print(one);
}

/** `2026-11-23T02:00:00Z failed`. */
function lastRun({ recentRuns }: ListedSchedule): string {
  const last = recentRuns.at(-1);
  return last ? [withoutFraction(last.at), ...(last.status === undefined ? [] : [last.status])].join(' ') : '';
}

/** What was created or changed, on one line. */
export function scheduleText(done: string, schedule: ListedSchedule): string {
  const one = textsInOneLine(schedule);
  const next = one.paused ? 'paused' : `next run ${one.nextRunAt?.replace('.000Z', 'Z') ?? 'never'}`;
  return `${done}  ${one.id}  ${one.operation}${one.when === undefined ? '' : `  ${one.when}`}  ${next}`;
}
