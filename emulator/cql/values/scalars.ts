import { isIP } from 'node:net';
import { DateTime } from 'luxon';
import { invalid } from '../errors';
import type { ScalarName } from './types';

/** Inclusive bounds of the whole-number types. */
const BOUNDS: Readonly<Partial<Record<ScalarName, readonly [bigint, bigint]>>> = {
  tinyint: [-128n, 127n],
  smallint: [-32_768n, 32_767n],
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
  counter: [-(2n ** 63n), 2n ** 63n - 1n],
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const mismatch = (type: string): Error => invalid(`Datatype Mismatch. Invalid ${type} value`);

/** A scalar's text as PostgreSQL stores it, checked. Throws a `CqlError` if it is not a value of the type. */
export function canonical(type: ScalarName, text: string): string {
  switch (type) {
    case 'ascii':
    case 'text':
    case 'varchar':
      if (text.includes('\0')) throw invalid('Invalid Arguments. The emulator keeps no NUL character in a text');
      return text;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'counter':
    case 'varint':
      return wholeNumber(type, text);
    case 'decimal':
      if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) throw mismatch(type);
      return text;
    case 'float':
    case 'double':
      if (text.trim() === '' || (Number.isNaN(Number(text)) && text !== 'NaN')) throw mismatch(type);
      return type === 'float' ? String(Math.fround(Number(text))) : String(Number(text));
    case 'boolean':
      if (!/^(?:true|false|t|f)$/i.test(text)) throw mismatch(type);
      return /^t/i.test(text) ? 'true' : 'false';
    case 'uuid':
    case 'timeuuid':
      if (!UUID.test(text)) throw mismatch(type);
      return text.toLowerCase();
    case 'blob':
      if (!/^(?:0x|\\x)(?:[0-9a-f]{2})*$/i.test(text)) throw mismatch(type);
      return `\\x${text.slice(2).toLowerCase()}`;
    case 'inet':
      if (isIP(text) === 0) throw mismatch(type);
      return text;
    case 'jsonb':
      return json(text);
    case 'timestamp':
      return String(timestampMillis(text));
    case 'date':
      return date(text);
    case 'time':
      return String(timeNanos(text));
  }
}

function wholeNumber(type: ScalarName, text: string): string {
  if (!/^[+-]?\d+$/.test(text)) throw mismatch(type);
  const value = BigInt(text);
  const bounds = BOUNDS[type];
  if (bounds && (value < bounds[0] || value > bounds[1])) throw mismatch(type);
  return String(value);
}

function json(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    throw invalid(`Invalid Arguments. Invalid JSON value`);
  }
  return text;
}

/** Milliseconds since the epoch of a number, or of a time with or without zone (UTC then). */
function timestampMillis(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  const [, day, time = '00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  const parsed = DateTime.fromISO(`${day ?? ''}T${time}${zone.replace('UTC', 'Z')}`, { zone: 'utc' });
  if (day === undefined || !parsed.isValid) throw mismatch('timestamp');
  return parsed.toMillis();
}

function date(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && DateTime.fromISO(text, { zone: 'utc' }).isValid) return text;
  throw mismatch('date');
}

/** Nanoseconds since midnight of `HH:MM:SS[.fffffffff]` or a number. */
function timeNanos(text: string): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  const [, hours = '', minutes = '', seconds = '', fraction = ''] =
    /^(\d\d):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (hours === '' || Number(hours) > 23) throw mismatch('time');
  const whole = BigInt((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds));
  return whole * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** How values of a type are ordered inside a set or a map. */
export function compareScalars(type: ScalarName, one: string, other: string): number {
  if (['tinyint', 'smallint', 'int', 'bigint', 'counter', 'varint', 'timestamp', 'time'].includes(type))
    return BigInt(one) < BigInt(other) ? -1 : BigInt(one) > BigInt(other) ? 1 : 0;
  if (['float', 'double', 'decimal'].includes(type)) return Number(one) - Number(other);
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
