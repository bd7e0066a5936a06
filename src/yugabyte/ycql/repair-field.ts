import type { CopyFormat } from './copy-format';

const NAMED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

/**
 * Restores the value of a printed field: `COPY TO` doubles backslashes and prints control characters as Python does (`
 * `, `\x07`), and `COPY FROM` does not undo it. `nullAs`: replaces the marker for null, which also occurs within
 * user-defined types.
 */
export function fieldRepairer({ nullText }: Pick<CopyFormat, 'nullText'>, nullAs: string): (field: string) => string {
  const marker = nullText.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  // Escaped backslashes are matched first, so that `\\N` is text while `\N` may be the marker.
  const pattern = new RegExp(`\\\\(?:(\\\\|[nrt])|x([0-9a-f]{2}))|${marker}`, 'g');
  return (field) =>
    field.replace(pattern, (_whole, named: string | undefined, hex: string | undefined) =>
      named !== undefined ? (NAMED[named] ?? '') : hex !== undefined ? String.fromCharCode(parseInt(hex, 16)) : nullAs,
    );
}
