import { DateTime } from 'luxon';
import { wrongArguments } from './command';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A moment as yb-admin takes it: 16 digits, `minus <interval>`, or a human time in the zone of the machine; µs. */
export function parseMoment(words: readonly string[], timeZone: string): bigint {
  const [first = '', second] = words;
  if (first === 'minus' && second !== undefined && words.length === 2)
    return BigInt(Date.now()) * 1000n - BigInt(secondsOf(second)) * 1_000_000n;
  const text = words.join(' ').trim();
  if (/^\d{16}$/.test(text)) return BigInt(text);
  const [, moment, fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6}))?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  const parsed =
    moment === undefined ? undefined : DateTime.fromISO(`${moment.replace(' ', 'T')}${zone}`, { zone: timeZone });
  if (!parsed?.isValid) throw wrongArguments(`Invalid timestamp: ${text}`);
  return BigInt(parsed.toMillis()) * 1000n + BigInt(fraction.padEnd(6, '0') || '0');
}

function secondsOf(interval: string): number {
  const parts = [...interval.matchAll(/(\d+)\s*(d|h|m|s)\w*/gi)];
  if (parts.length === 0) throw wrongArguments(`Invalid interval: ${interval}`);
  return parts.reduce((sum, [, count, unit = 's']) => sum + Number(count) * (UNITS[unit.toLowerCase()] ?? 1), 0);
}
