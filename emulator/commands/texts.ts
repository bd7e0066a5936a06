/** Pieces of yb-admin's output: separators are a space and a TAB, cells are padded on the right and never cut. */
const SEPARATOR = ' \t';

export const row = (...cells: string[]): string => cells.join(SEPARATOR);
export const uuidCell = (text: string): string => text.padEnd(32);
export const addressCell = (text: string): string => text.padEnd(20);
export const smallCell = (text: string): string => text.padEnd(8);
export const longCell = (text: string): string => text.padEnd(15);
export const rangeCell = (text: string): string => text.padEnd(56);

/**
 * `YYYY-MM-DD HH:MM:SS.ffffff`, in the time zone that yb-admin was started with. An empty time prints as the largest
 * 52-bit one.
 */
export function printedTime(micros: string, timeZone: string): string {
  const value = BigInt(micros === '' ? UNSET_MICROS : micros);
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    })
      .formatToParts(new Date(Number(value / 1000n)))
      .map(({ type, value: text }) => [type, text]),
  );
  return `${parts['year']}-${parts['month']}-${parts['day']} ${parts['hour']}:${parts['minute']}:${parts['second']}.${String(value % 1_000_000n).padStart(6, '0')}`;
}

const UNSET_MICROS = '4503599627370495';

/** rapidjson's pretty printing: four spaces, every value a string. */
export const json = (value: unknown): string => JSON.stringify(value, null, 4);

/** Bytes of a hash bound as protobuf's text form prints them. */
export function protoBytes(hex: string): string {
  return [...Buffer.from(hex, 'hex')]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\${byte.toString(8).padStart(3, '0')}`,
    )
    .join('');
}
