import { DateTime, type DateTimeUnit, type DurationLikeObject } from 'luxon';
import type { Period } from './backup-or-dump';

const UNITS = {
  hourly: ['hour', 'hours'],
  daily: ['day', 'days'],
  weekly: ['week', 'weeks'],
  monthly: ['month', 'months'],
  yearly: ['year', 'years'],
} as const satisfies Record<Period, [DateTimeUnit, keyof DurationLikeObject]>;

/** Names of the periods that contain a moment, in one time zone. */
export type PeriodNames = Record<Period, string>;

/**
 * The hour, day, ISO week, month and year of a moment. An hour that the clock shows twice counts as two: its name
 * includes the offset. Where clocks change by half an hour (Lord Howe Island), the hour of the change counts as two as
 * well, so moments that are apart are never merged.
 */
export function periodsOf(at: number, timeZone: string): PeriodNames {
  const { year, month, day, hour, offset, weekYear, weekNumber } = DateTime.fromMillis(at, { zone: timeZone });
  const monthName = `${year}-${two(month)}`;
  const dayName = `${monthName}-${two(day)}`;
  return {
    hourly: `${dayName}T${two(hour)}${offset < 0 ? '-' : '+'}${Math.abs(offset)}`,
    daily: dayName,
    weekly: `${weekYear}-W${two(weekNumber)}`,
    monthly: monthName,
    yearly: String(year),
  };
}

const two = (n: number): string => String(n).padStart(2, '0');

/** When the nth period after that of a moment begins, by the calendar: a day may have 23, 24 or 25 hours. */
export function startOfLaterPeriod(at: number, period: Period, n: number, timeZone: string): number {
  const [unit, units] = UNITS[period];
  return DateTime.fromMillis(at, { zone: timeZone })
    .startOf(unit)
    .plus({ [units]: n })
    .toMillis();
}

/** When the month after that of a moment begins. */
export const nextMonth = (at: number, timeZone: string): number => startOfLaterPeriod(at, 'monthly', 1, timeZone);
