import { z } from 'zod';

/** Microseconds since the epoch, UTC, as decimal text of 16 digits: what yb-admin takes (facts: HybridTime parsing). */
export type Micros = string;

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(Z|z|[+-]\d{2}:\d{2})$/;
const SIXTEEN_DIGITS = /^\d{16}$/;

/** The form of an instant, for messages. */
export const INSTANT_FORM =
  'an instant such as "2026-11-22T02:00:00.123456Z" (RFC 3339 with a zone), or 16-digit microseconds as text';

/** Microseconds of an instant text, or undefined if it is not one. */
export function instantMicros(text: string): Micros | undefined {
  if (SIXTEEN_DIGITS.test(text)) return text;
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, day, time, fraction = '', zone] = match;
  const ms = Date.parse(`${day}T${time}${zone?.toUpperCase()}`);
  if (Number.isNaN(ms)) return undefined;
  // Date.parse turns 2026-02-31 into a day of March; a day that does not come back unchanged is invalid.
  if (!new Date(`${day}T00:00:00Z`).toISOString().startsWith(day ?? '')) return undefined;
  const micros = String(BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, '0')));
  return SIXTEEN_DIGITS.test(micros) ? micros : undefined;
}

/** RFC 3339 UTC with microseconds, the form of every instant that Kalpa writes. */
export function formatMicros(micros: Micros): string {
  const value = BigInt(micros);
  const seconds = new Date(Number(value / 1_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(value % 1_000_000n).padStart(6, '0')}Z`;
}

/** An instant on input; results have RFC 3339 UTC with microseconds. */
export const instant = z
  .string({ error: INSTANT_FORM })
  .refine((text) => instantMicros(text) !== undefined, { error: INSTANT_FORM });
