import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolFailed } from '../errors';
import { LIMITS } from './limits';
import { makeScratchFolder } from './scratch-folder';

/** Reads a file that a tool has written. Fails with `ToolFailed` if it is larger than what may be held in memory. */
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
 * The content of a file that a tool writes; the file is removed afterwards. Fails as the tool and `readMadeFile` do.
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

/** The tool changed nothing, and would write as much again. */
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
