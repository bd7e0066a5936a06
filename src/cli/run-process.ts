import { processIo } from './core/cli-io';
import { EXIT } from './core/exit-codes';
import type { CliParts } from './core/parts';
import { runCli } from './run-cli';

/** A connection whose end was lost may hold the process this long after the last word was read; then it ends anyhow. */
const LEFT_OPEN_MS = 300;

/**
 * Runs one command line as this process. The process ends by itself, when everything that was written has been taken:
 * `process.exit` would cut what a slow reader of our pipe has not taken yet.
 */
export async function runProcess(argv: readonly string[], parts?: CliParts): Promise<void> {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', ({ code }: NodeJS.ErrnoException) => {
      // The reader of our pipe has gone (`kalpa backups | head`): nobody is left to tell.
      process.exit(code === 'EPIPE' ? EXIT.done : EXIT.failed);
    });
  }
  process.exitCode = await runCli(argv, processIo(), parts);
  await Promise.all([taken(process.stdout), taken(process.stderr)]);
  setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
}

/** Waits until everything written so far has left this process. */
async function taken(output: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => {
    output.write('', () => {
      resolve();
    });
  });
}
