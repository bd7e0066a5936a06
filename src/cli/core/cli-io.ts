import { createInterface } from 'node:readline/promises';
import { escapeControls } from '../../redaction';

/** Where text is written. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** Everything of the process that the command line uses, so that tests can supply their own. */
export interface CliIo {
  env: NodeJS.ProcessEnv;
  cwd: string;
  stdout: Output;
  stderr: Output;
  now(): Date;
  /** Calls `listener` at Ctrl-C until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /**
   * Asks the person at the terminal; absent if no one can be asked. Returns an empty answer at the end of the input.
   */
  ask?: (question: string) => Promise<string>;
}

/** The real process. */
export function processIo(): CliIo {
  return {
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => new Date(),
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask: askHere } : {}),
  };
}

/** On stderr: the question is not part of the result. */
async function askHere(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => {
    lines.once('close', () => {
      resolve('');
    });
  });
  try {
    return await Promise.race([lines.question(escapeControls(question)), closed]);
  } finally {
    lines.close();
  }
}
