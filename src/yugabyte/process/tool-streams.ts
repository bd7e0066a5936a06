import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The tool at the other end of a stream has ended: its exit code and message give the reason. */
export class ToolEndedEarly extends Error {
  override readonly name = 'ToolEndedEarly';
}

/** A tool's output; its end is passed on only after the tool has succeeded. */
export async function* wholeOutput(
  stdout: AsyncIterable<Buffer>,
  exit: Promise<number | null>,
): AsyncGenerator<Buffer> {
  try {
    yield* stdout;
  } catch {
    throw new ToolEndedEarly('The tool exited before its output was complete.');
  }
  if ((await exit) !== 0) throw new ToolEndedEarly('The tool exited before its output was complete.');
}

/** Writes everything to a tool's standard input. Throws the source's error, or `ToolEndedEarly`. */
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
    throw new ToolEndedEarly('The tool exited before it had read its whole input.');
  }
}
