import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { settings } from './settings';

/** YugabyteDB's defaults for host, port, user and database; the caller's own settings win. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EMULATOR_')));
  return { PGHOST: settings.pgHost, PGPORT: settings.pgPort, PGUSER: settings.pgUser, PGDATABASE: 'yugabyte', ...own };
}

/** Runs a program of the wheel in our place and exits as it does; `onOutput` takes its standard output, else it goes through. */
export function becomePgProgram(
  program: string,
  args: readonly string[],
  onOutput?: (chunk: Buffer | undefined) => void,
): void {
  const child = spawn(join(settings.pgBin, program), args, {
    env: environment(),
    stdio: ['inherit', onOutput ? 'pipe' : 'inherit', 'inherit'],
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.stdout?.on('data', (chunk: Buffer) => onOutput?.(chunk));
  child.once('error', (error) => {
    process.stderr.write(`${program}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once('close', (status) => {
    onOutput?.(undefined);
    process.exitCode = status ?? 1;
  });
}
