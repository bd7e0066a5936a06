/**
 * The text that `COPY TO` is to print for null. It escapes the text where a field is null, but not within a
 * user-defined type. So the text contains one character for each case that is in no printed value: the shell escapes
 * U+00AD only here, and leaves U+0001 unescaped only here.
 */
export const SHELL_NULL = '\u0001null\u00ad';

const PRINTED = ['\\x01null\\xad', SHELL_NULL].map((text) => Buffer.from(text));
const MAX_LENGTH = Math.max(...PRINTED.map(({ length }) => length));

/** The output of `COPY TO` with `nullText` for null, wherever its chunks end. */
export async function* withNull(printed: AsyncIterable<Buffer>, nullText: string): AsyncGenerator<Buffer> {
  const ours = Buffer.from(nullText);
  let kept: Buffer = Buffer.alloc(0);
  for await (const chunk of printed) {
    const text = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const pieces: Buffer[] = [];
    const next = PRINTED.map((one) => text.indexOf(one));
    let from = 0;
    for (;;) {
      const which = next.reduce((best, at, i) => (at !== -1 && (best === -1 || at < (next[best] ?? 0)) ? i : best), -1);
      const [at = -1, found] = [next[which], PRINTED[which]];
      if (!found || at === -1) break;
      pieces.push(text.subarray(from, at), ours);
      from = at + found.length;
      next[which] = text.indexOf(found, from);
    }
    const end = Math.max(from, text.length - MAX_LENGTH + 1); // the rest may be the beginning of one
    pieces.push(text.subarray(from, end));
    kept = Buffer.from(text.subarray(end));
    const whole = Buffer.concat(pieces);
    if (whole.length > 0) yield whole;
  }
  if (kept.length > 0) yield kept;
}
