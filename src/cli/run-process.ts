import type { CliDependencies } from './core/cli-dependencies';
import { processIo } from './core/cli-io';
import { EXIT } from './core/exit-codes';
import { runCli } from './run-cli';

/** A connection that failed to close may hold the process this long after all output was read; then it exits anyway. */
const EXIT_GRACE_MS = 300;

/**
 * Runs one command line as this process. The process ends by itself once all output has been read: `process.exit` would
 * cut off what a slow reader of our pipe has not read yet. `parts`: for tests that run it as a process.
 */
export async function runProcess(argv: readonly string[], parts?: CliDependencies): Promise<void> {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', ({ code }: NodeJS.ErrnoException) => {
      // The reader of our pipe has gone (`kalpa backups | head`): no one is left to report to.
      process.exit(code === 'EPIPE' ? EXIT.done : EXIT.failed);
    });
  }
  process.exitCode = await runCli(argv, processIo(), parts);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
}

/** Waits until everything written so far has left this process. */
async function flushed(output: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => {
    output.write('', () => {
      resolve();
    });
  });
}
