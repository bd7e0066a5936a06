import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolFailed } from '../errors';
import { LIMITS } from './limits';
import { makeScratchFolder } from './scratch-folder';

/**
 * A file that a tool has made, read whole. Fails with `ToolFailed` where it is larger than anything that is held in
 * memory.
 */
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

/**
 * What a tool writes into a file that it is given, which is gone afterwards. Fails as the tool and `readMadeFile` do.
 */
export async function contentMade(tool: string, make: (file: string) => Promise<void>): Promise<Buffer> {
  const scratch = await makeScratchFolder();
  try {
    const file = join(scratch, 'made');
    await make(file);
    return await readMadeFile(file, tool);
  } finally {
    await rm(scratch, { recursive: true, force: true });
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
