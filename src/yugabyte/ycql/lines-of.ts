import { ToolFailed } from '../errors';
import { LIMITS } from '../process/limits';

const LF = 0x0a;
const CR = 0x0d;

/**
 * Lines without their ends (CR LF or LF), skipping empty ones. Within values that `COPY` prints, line ends are escaped.
 * Fails with `ToolFailed` at a line that is longer than any row.
 */
export async function* linesOf(
  output: AsyncIterable<Buffer>,
  maxBytes: number = LIMITS.lineBytes,
): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of output) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      const piece = chunk.subarray(from, end);
      const line = withoutCr(begun.length === 0 ? piece : Buffer.concat([...begun, piece]));
      begun = [];
      bytes = 0;
      if (line.length > 0) yield line;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    begun.push(from === 0 ? chunk : Buffer.from(chunk.subarray(from)));
    bytes += chunk.length - from;
    if (bytes > maxBytes) throw lineTooLong(maxBytes);
  }
  if (bytes > 0) yield Buffer.concat(begun);
}

const withoutCr = (line: Buffer): Buffer => (line.at(-1) === CR ? line.subarray(0, -1) : line);

function lineTooLong(maxBytes: number): ToolFailed {
  return new ToolFailed({
    tool: 'ycqlsh',
    command: 'ycqlsh',
    reason: `it printed a line of more than ${maxBytes} bytes`,
    stderrTail: '',
    outcome: 'refused',
    transient: false,
    final: true,
  });
}
