/** Microseconds since 1970-01-01 UTC as decimal text, 16 digits for any moment between 2001 and 2286. */
export type Micros = string;

const PRINTED = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:?00)?$/;

/**
 * Parses a time printed by yb-admin. It prints local time without a zone, and every tool runs with TZ=UTC here. An
 * unset time is printed as the largest value (year 2112): years from 2100 on, and anything that is not a time, are
 * undefined.
 */
export function microsOfPrintedTime(text: string | undefined): Micros | undefined {
  const match = PRINTED.exec(text?.trim() ?? '');
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = ''] = match;
  if (Number(year) >= 2100) return undefined;
  const seconds =
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) / 1000;
  return `${seconds}${fraction.padEnd(6, '0')}`;
}

/** Physical microseconds of a hybrid time (its low 12 bits are a logical counter). */
export function microsOfHybridTime(hybridTime: bigint): Micros {
  return (hybridTime >> 12n).toString();
}
