/** Pieces of yb-admin's output: separators are a space and a TAB, cells are padded on the right and never cut. */
const SEPARATOR = ' \t';

export const row = (...cells: string[]): string => cells.join(SEPARATOR);
export const uuidCell = (text: string): string => text.padEnd(32);
export const addressCell = (text: string): string => text.padEnd(20);

/** `YYYY-MM-DD HH:MM:SS.ffffff`, in the time zone that yb-admin was started with. */
export function printedTime(micros: string, timeZone: string): string {
  const value = BigInt(micros);
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

/** An unset time: the largest 52-bit microsecond value. */
export const UNSET_MICROS = '4503599627370495';

/** rapidjson's pretty printing: four spaces, every value a string. */
export const json = (value: unknown): string => JSON.stringify(value, null, 4);

/** A command that fails: text for stderr, exit code 1. `usage` makes the usage lines follow. */
export class CommandFailed extends Error {
  constructor(
    message: string,
    readonly stdout = '',
    readonly usage?: string,
  ) {
    super(message);
  }
}

/** `<Code> (<file>:<line>): <message>[ (master error <n>)]` */
export function status(code: string, file: string, message: string, masterError?: number): string {
  return `${code} (${file}): ${message}${masterError === undefined ? '' : ` (master error ${masterError})`}`;
}

export const MASTER = {
  OBJECT_NOT_FOUND: 3,
  NAMESPACE_NOT_FOUND: 11,
  SNAPSHOT_NOT_FOUND: 22,
  PARALLEL_SNAPSHOT_OPERATION: 25,
  SNAPSHOT_IS_NOT_READY: 26,
} as const;
