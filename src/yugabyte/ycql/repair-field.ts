import type { CopyFormat } from './copy-format';

const NAMED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

/**
 * Gives a printed field its value back: `COPY TO` doubles backslashes and shows control characters as Python does
 * (`\n`, `\x07`), and
 * `COPY FROM` does not undo it. `nullAs`: what takes the place of null, which also stands inside of user-defined types.
 */
export function fieldRepairer({ nullText }: Pick<CopyFormat, 'nullText'>, nullAs: string): (field: string) => string {
  const marker = nullText.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  // An escaped backslash is taken first, so that `\\N` is a text and `\N` may be the marker.
  const pattern = new RegExp(`\\\\(?:(\\\\|[nrt])|x([0-9a-f]{2}))|${marker}`, 'g');
  return (field) =>
    field.replace(pattern, (_whole, named: string | undefined, hex: string | undefined) =>
      named !== undefined ? (NAMED[named] ?? '') : hex !== undefined ? String.fromCharCode(parseInt(hex, 16)) : nullAs,
    );
}
