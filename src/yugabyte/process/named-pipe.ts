import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A named pipe for a tool that writes to nothing but files; only this user can read it. */
export async function makeNamedPipe(path: string): Promise<void> {
  await run('mkfifo', ['-m', '600', path]);
}

/** What is written to a named pipe. */
export interface PipeReader {
  output: Socket;
  /** Nobody will write any more: the output ends once every writer has closed it. */
  close(): void;
}

/**
 * Opens a named pipe before its writer is started. A writer of our own keeps it open: without it the output would end
 * before the tool opens the pipe, and opening would block for ever if the tool never does.
 */
export function readNamedPipe(path: string): PipeReader {
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const output = new Socket({ fd: reader, readable: true, writable: false });
  output.on('error', () => undefined); // its reader gets the error
  let open = true;
  return {
    output,
    close: () => {
      if (open) closeSync(writer);
      open = false;
    },
  };
}
