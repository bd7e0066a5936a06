import { isUtf8 } from 'node:buffer';

const LINE_FEED = 0x0a;

/**
 * The text of these bytes; undefined if they are not UTF-8, since different invalid bytes would decode to the same
 * text.
 */
export const textOf = (bytes: Buffer): string | undefined => (isUtf8(bytes) ? bytes.toString('utf8') : undefined);

/** Non-empty lines, one at a time: a list of megabytes of line feeds would become gigabytes of empty texts. */
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
