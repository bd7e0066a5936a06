import { open } from 'node:fs/promises';
import { ToolFailed } from '../errors';
import { LIMITS } from './limits';

/** A file that a tool has made, read whole. Fails with `ToolFailed` where it is larger than anything that is held in memory. */
export async function readMadeFile(file: string, tool: string, maxBytes: number = LIMITS.fileBytes): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw fileTooLarge(tool, maxBytes);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Nothing was changed by it, and the next one will be as large. */
export function fileTooLarge(tool: string, maxBytes: number, stderrTail = ''): ToolFailed {
  return new ToolFailed({
    tool,
    command: tool,
    reason: `it wrote a file of more than ${maxBytes} bytes`,
    stderrTail,
    outcome: 'refused',
    transient: false,
    final: true,
  });
}
