import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Environment of the wheel's programs: YugabyteDB's defaults for host, port, user and database. */
export function pgEnvironment(): NodeJS.ProcessEnv {
  const { EMULATOR_PG_HOST, EMULATOR_PG_PORT } = process.env;
  return {
    PGHOST: EMULATOR_PG_HOST,
    PGPORT: EMULATOR_PG_PORT,
    PGUSER: 'yugabyte',
    PGDATABASE: 'yugabyte',
    ...process.env,
  };
}

/** Runs a program of the wheel in place of ours; `onStdout` takes its output, else it goes through. */
export async function runPgProgram(
  program: string,
  args: string[],
  onStdout?: (text: string) => void,
): Promise<number> {
  const child = spawn(join(process.env['EMULATOR_PG_BIN'] ?? '', program), args, {
    env: pgEnvironment(),
    stdio: ['inherit', onStdout ? 'pipe' : 'inherit', 'inherit'],
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      resolve(status ?? 1);
    });
  });
  onStdout?.(Buffer.concat(chunks).toString('utf8'));
  return code;
}
