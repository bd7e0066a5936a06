import { cqlText } from './quote-cql';

/** How `COPY TO` writes a table. Only outputs in the same format can be compared. */
export interface CopyFormat {
  /** One character. */
  delimiter: string;
  /**
   * The text for null, which replaces the one that the shell prints (`SHELL_NULL`). The shell escapes control
   * characters and doubles backslashes, so no value can be printed as this text.
   */
  nullText: string;
}

export const COPY_FORMAT: CopyFormat = { delimiter: ',', nullText: '\u0001null\u0001' };

/** The value of an option, after WITH. */
export type CopyOption = string | number | boolean;

/**
 * Options that preserve values in both directions. With the quote as escape character only quotes are doubled: Python's
 * csv writes an escape character of its own differently from release to release (bpo-12178).
 */
export const commonOptions = ({ delimiter, nullText }: CopyFormat): Record<string, CopyOption> => ({
  DELIMITER: delimiter,
  QUOTE: '"',
  ESCAPE: '"',
  NULL: nullText,
});

/** 17 and 9 digits distinguish every double and float from its neighbours; the default of 12 and 5 does not. */
export const EXACT_NUMBERS: Readonly<Record<string, CopyOption>> = { DOUBLEPRECISION: 17, FLOATPRECISION: 9 };

/** `WITH NAME = value AND …`. */
export function withOptions(options: Readonly<Record<string, CopyOption>>): string {
  const text = (value: CopyOption): string => (typeof value === 'string' ? cqlText(value) : String(value));
  const wrong = Object.entries(options).find(([name, value]) => !/^[A-Z]+$/.test(name) || Number.isNaN(value));
  if (wrong) throw new RangeError(`${JSON.stringify(wrong[0])} is not an option of COPY`);
  return `WITH ${Object.entries(options)
    .map(([name, value]) => `${name} = ${text(value)}`)
    .join(' AND ')}`;
}
