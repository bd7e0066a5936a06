import { OutputExcerpt } from '../../../src/yugabyte/process/output-excerpt';

/** What is kept of `text` when it arrives in pieces of `size` bytes; 16 bytes of each end are kept. */
function kept(text: string, size: number): string {
  const ends = new OutputExcerpt(16);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) ends.push(bytes.subarray(at, at + size));
  return ends.text();
}

it.each([
  ['a short text', 'one\ntwo\n', 'one\ntwo\n'],
  ['a text that just fits', `${'x'.repeat(31)}\n`, `${'x'.repeat(31)}\n`],
  ['many lines', `first\n${'line\n'.repeat(50)}last\n`, 'first\nline\nline\nline\nline\nlast\n'],
  ['a long line in the middle', `first\n${'x'.repeat(90)}\nlast\n`, 'first\nlast\n'],
  ['a long last line', `first\n${'x'.repeat(90)} password\n`, 'first\n'],
  ['a long first line', `${'x'.repeat(90)}\nlast\n`, 'last\n'],
  ['an end without a newline', `first\n${'x'.repeat(90)}\nlast`, 'first\nlast'],
])('keeps whole lines of both ends, however the pieces fall: %s', (_, text, expected) => {
  for (let size = 1; size <= text.length; size += 1) expect(kept(text, size)).toBe(expected);
});
