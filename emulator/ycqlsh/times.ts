const two = (value: number): string => String(value).padStart(2, '0');

/** A time (milliseconds since the epoch, UTC) by the part of strftime's formats that tools use. */
export function printTime(millis: number, format: string): string {
  const date = new Date(millis);
  const parts: Readonly<Record<string, string>> = {
    '%Y': String(date.getUTCFullYear()).padStart(4, '0'),
    '%m': two(date.getUTCMonth() + 1),
    '%d': two(date.getUTCDate()),
    '%H': two(date.getUTCHours()),
    '%M': two(date.getUTCMinutes()),
    '%S': two(date.getUTCSeconds()),
    '%f': String(date.getUTCMilliseconds() * 1000).padStart(6, '0'),
    '%z': '+0000',
  };
  return format.replace(/%[YmdHMSfz]/g, (part) => parts[part] ?? part);
}

const PATTERNS: Readonly<Record<string, string>> = {
  '%Y': String.raw`(?<year>\d{4})`,
  '%m': String.raw`(?<month>\d\d?)`,
  '%d': String.raw`(?<day>\d\d?)`,
  '%H': String.raw`(?<hour>\d\d?)`,
  '%M': String.raw`(?<minute>\d\d?)`,
  '%S': String.raw`(?<second>\d\d?)`,
  '%f': String.raw`(?<fraction>\d{1,6})`,
  '%z': String.raw`(?<zone>Z|[+-]\d\d:?\d\d)`,
};

/** Milliseconds since the epoch of a text in such a format; undefined where it is not in it. */
export function parseTime(text: string, format: string): number | undefined {
  const pattern = format
    .split(/(%[YmdHMSfz])/)
    .map((part) => PATTERNS[part] ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('');
  const found = new RegExp(`^${pattern}$`).exec(text)?.groups;
  if (!found) return undefined;
  const at = (name: string, otherwise: string): number => Number(found[name] ?? otherwise);
  const millis = Date.UTC(
    at('year', '1970'),
    at('month', '1') - 1,
    at('day', '1'),
    at('hour', '0'),
    at('minute', '0'),
    at('second', '0'),
  );
  const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)$/.exec(found['zone'] ?? '') ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return millis - offset + Math.floor(Number((found['fraction'] ?? '').padEnd(6, '0')) / 1000);
}
