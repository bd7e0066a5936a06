import parseDuration from 'parse-duration';
import { z } from 'zod';

const WORDS = 'ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?';
const FORM = new RegExp(`^\\s*(?:\\d+(?:\\.\\d+)?\\s*(?:${WORDS})[\\s,]*)+$`, 'i');

/** A century: anything longer is a slip, and would overflow dates. */
const MAX_MS = 36_525 * 86_400_000;

/** The form of a duration, for messages. */
export const DURATION_FORM = 'a duration such as "90s", "1h 5m" or "7 days", at most 100 years';

/** Milliseconds of a duration text, or undefined if it is not one. A bare number has no unit and is refused. */
export function durationMs(text: string): number | undefined {
  if (text.length > 100 || !FORM.test(text)) return undefined;
  const ms = parseDuration(text);
  return ms === null || !(ms <= MAX_MS) ? undefined : Math.round(ms);
}

/** A duration as text: `"90s"`, `"1h 5m"`, `"7 days"`. */
export const duration = z
  .string({ error: DURATION_FORM })
  .refine((text) => durationMs(text) !== undefined, { error: DURATION_FORM });

/** Milliseconds of a duration that the schema has already accepted. */
export function checkedDurationMs(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined) throw new RangeError(`"${text}" is not ${DURATION_FORM}`);
  return ms;
}
