import { cqlName } from '../cql/language/reader';
import { thawed, typeOf, type CqlType, type ScalarName } from '../cql/values/types';
import type { Stored, UserTypes } from '../cql/values/values';
import { printTime } from './times';

/** How the real ycqlsh makes text of values, for the screen and for COPY TO. */
export interface ShowOptions {
  nullText: string;
  /** Digits behind the point of float and of double. */
  floatPrecision: number;
  doublePrecision: number;
  /** As strftime's. */
  dateTimeFormat: string;
  booleans: readonly [yes: string, no: string];
}

export const ON_SCREEN: ShowOptions = {
  nullText: 'null',
  floatPrecision: 5,
  doublePrecision: 5,
  dateTimeFormat: '%Y-%m-%d %H:%M:%S.%f%z',
  booleans: ['True', 'False'],
};

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Backslashes are doubled and control characters shown as Python shows them: the reason why COPY gives other texts
 * back.
 */
export function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replace(
      /[\x00-\x1f\x7f-\xa0]/g,
      (char) => NAMED[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
}

/** The text of a value. `quoted`: inside a collection or a user-defined type. */
export function show(type: CqlType, value: Stored, known: UserTypes, options: ShowOptions, quoted = false): string {
  if (value === null) return options.nullText;
  const inner = thawed(type);
  const nested = (of: CqlType, one: Stored): string => show(of, one, known, options, true);
  switch (inner.kind) {
    case 'scalar':
      return showScalar(inner.name, typeof value === 'string' ? value : '', options, quoted);
    case 'list':
      return `[${(value as Stored[]).map((one) => nested(inner.of, one)).join(', ')}]`;
    case 'set':
      return `{${(value as Stored[]).map((one) => nested(inner.of, one)).join(', ')}}`;
    case 'map':
      return `{${(value as [Stored, Stored][]).map(([key, one]) => `${nested(inner.key, key)}: ${nested(inner.value, one)}`).join(', ')}}`;
    case 'udt': {
      const given = value as { [field: string]: Stored };
      const fields = known.get(inner.name)?.fields ?? [];
      return `{${fields.map((field) => `${cqlName(field.name)}: ${nested(typeOf(field.type), given[field.name] ?? null)}`).join(', ')}}`;
    }
    case 'frozen':
      return '';
  }
}

function showScalar(name: ScalarName, value: string, options: ShowOptions, quoted: boolean): string {
  const asText = (text: string): string => (quoted ? `'${text}'` : text);
  switch (name) {
    case 'ascii':
    case 'text':
    case 'varchar':
      return asText(quoted ? escapeText(value).replaceAll("'", "''") : escapeText(value));
    case 'jsonb':
      return asText(escapeText(compactJson(value)));
    case 'float':
      return showNumber(Math.fround(Number(value)), options.floatPrecision);
    case 'double':
      return showNumber(Number(value), options.doublePrecision);
    case 'boolean':
      return value.startsWith('t') ? options.booleans[0] : options.booleans[1];
    case 'blob':
      return `0x${value.slice(2)}`;
    case 'timestamp':
      return asText(printTime(Number(value), options.dateTimeFormat));
    case 'time':
      return asText(showNanos(BigInt(value)));
    case 'date':
    case 'inet':
      return asText(value);
    default:
      return value;
  }
}

/** White space outside of strings goes. */
const compactJson = (text: string): string =>
  text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string?: string) => string ?? '');

/** Python's `'%.*g'` with so many digits behind the point for numbers that are not very small or large. */
export function showNumber(value: number, precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const magnitude = Math.abs(value) > Number.EPSILON ? Math.trunc(Math.log10(Math.abs(value))) : -Infinity;
  return general(value, magnitude >= -4 && magnitude < precision ? precision + magnitude + 1 : precision);
}

function general(value: number, precision: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', power = '0'] = Math.abs(value)
    .toExponential(Math.min(precision, 101) - 1)
    .split('e');
  const digits = mantissa.replace('.', '').replace(/0+$/, '') || '0';
  const exponent = Number(power);
  const sign = value < 0 ? '-' : '';
  if (exponent < -4 || exponent >= precision) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0] ?? '0'}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}${digits.length > exponent + 1 ? `.${digits.slice(exponent + 1)}` : ''}`;
}

function showNanos(nanos: bigint): string {
  const two = (value: bigint): string => String(value).padStart(2, '0');
  const seconds = nanos / 1_000_000_000n;
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`;
}
