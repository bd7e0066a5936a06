import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The tool at the other end of a stream has gone: what it says with its exit code is the reason. */
export class ToolEndedEarly extends Error {
  override readonly name = 'ToolEndedEarly';
}

/** How long a tool may say nothing while it is being waited for. */
export interface Patience {
  ms: number;
  onSilence: () => void;
}

/** What a tool prints; its end is given on only when the tool has ended well. */
export async function* wholeOutput(
  stdout: AsyncIterable<Buffer>,
  exit: Promise<number | null>,
  patience?: Patience,
): AsyncGenerator<Buffer> {
  const chunks = stdout[Symbol.asyncIterator]();
  try {
    for (;;) {
      // Only the time that the tool takes counts, not what its reader does in between.
      const timer = patience && setTimeout(patience.onSilence, patience.ms);
      const next = await chunks.next().finally(() => {
        clearTimeout(timer);
      });
      if (next.done === true) break;
      yield next.value;
    }
  } catch {
    throw new ToolEndedEarly('The tool ended before its output was whole.');
  } finally {
    await chunks.return?.().catch(() => undefined);
  }
  if ((await exit) !== 0) throw new ToolEndedEarly('The tool ended before its output was whole.');
}

/** Writes everything to a tool's standard input. Throws what the source throws, or `ToolEndedEarly`. */
export async function feed(input: AsyncIterable<Buffer>, stdin: Writable): Promise<void> {
  let broken: { error: unknown } | undefined;
  async function* source(): AsyncGenerator<Buffer> {
    try {
      yield* input;
    } catch (error) {
      broken = { error };
      throw error;
    }
  }
  try {
    await pipeline(source(), stdin);
  } catch {
    if (broken) throw broken.error;
    throw new ToolEndedEarly('The tool ended before it had read everything.');
  }
}
