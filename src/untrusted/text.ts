import { isUtf8 } from 'node:buffer';

const LINE_FEED = 0x0a;

/** The text of these bytes; undefined where they are not UTF-8, since two such texts would be read as the same one. */
export const textOf = (bytes: Buffer): string | undefined => (isUtf8(bytes) ? bytes.toString('utf8') : undefined);

/** Lines that are not empty, one at a time: a list of megabytes of line feeds would be gigabytes of empty texts. */
export function* textLines(bytes: Buffer): Generator<Buffer> {
  let from = 0;
  while (from < bytes.length) {
    if (bytes[from] === LINE_FEED) {
      from += 1; // many of them cost no search each
      continue;
    }
    const end = bytes.indexOf(LINE_FEED, from);
    const to = end === -1 ? bytes.length : end;
    yield bytes.subarray(from, to);
    from = to + 1;
  }
}
