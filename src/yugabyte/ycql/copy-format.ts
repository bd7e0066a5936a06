import { cqlText } from './quote-cql';

/** How `COPY TO` writes a table. What is compared must have been written with the same format. */
export interface CopyFormat {
  /** One character. */
  delimiter: string;
  /**
   * What stands for null, in the place of what the shell prints (`SHELL_NULL`). The shell escapes control characters and
   * doubles backslashes, so that no value can be printed as this text.
   */
  nullText: string;
}

export const COPY_FORMAT: CopyFormat = { delimiter: ',', nullText: '\u0001null\u0001' };

/** A value of an option, as it stands behind WITH. */
export type CopyOption = string | number | boolean;

/**
 * What keeps values whole, both ways. With the quote as escape character nothing but quotes is doubled: Python's csv
 * writes its own escape character differently from release to release (bpo-12178).
 */
export const commonOptions = ({ delimiter, nullText }: CopyFormat): Record<string, CopyOption> => ({
  DELIMITER: delimiter,
  QUOTE: '"',
  ESCAPE: '"',
  NULL: nullText,
});

/** 17 and 9 digits tell every double and float from its neighbours; the default of 12 and 5 does not. */
export const EXACT_NUMBERS: Readonly<Record<string, CopyOption>> = { DOUBLEPRECISION: 17, FLOATPRECISION: 9 };

/** `WITH NAME = value AND …`. */
export function withOptions(options: Readonly<Record<string, CopyOption>>): string {
  const text = (value: CopyOption): string => (typeof value === 'string' ? cqlText(value) : String(value));
  const wrong = Object.entries(options).find(([name, value]) => !/^[A-Z]+$/.test(name) || Number.isNaN(value));
  if (wrong) throw new RangeError(`${JSON.stringify(wrong[0])} is no option of COPY`);
  return `WITH ${Object.entries(options)
    .map(([name, value]) => `${name} = ${text(value)}`)
    .join(' AND ')}`;
}
