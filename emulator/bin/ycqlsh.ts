import { toolVersion } from '../tool-version';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../ycqlsh/connection';
import { readOptions } from '../ycqlsh/options';
import { Shell } from '../ycqlsh/shell';
import { settings } from './settings';

/** Without a place for its history the real one warns on standard output, in front of everything else. */
function warnOfHistory(): void {
  if (process.env['CQL_HISTORY'] !== undefined) return;
  try {
    mkdirSync(join(homedir(), '.cassandra'), { recursive: true });
  } catch {
    process.stdout.write(
      `\nWarning: Cannot create directory at \`${join(homedir(), '.cassandra')}\`. Command history will not be saved.\n\n`,
    );
  }
}

async function main(): Promise<number> {
  const [host = '127.0.0.1', port = '9042'] = settings.ycql.split(':');
  const options = readOptions(process.argv.slice(2), process.env, { host, port: Number(port) });
  if (options.version) {
    process.stdout.write(`${toolVersion('ycqlsh', settings)}\n`);
    return 0;
  }
  warnOfHistory();
  const script = (): string => {
    if (options.execute !== undefined) return options.execute;
    return readFileSync(options.file ?? 0, 'utf8');
  };
  let text: string;
  try {
    text = script();
  } catch {
    process.stderr.write(
      `Can't open '${options.file ?? ''}': [Errno 2] No such file or directory: '${options.file ?? ''}'\n`,
    );
    return 1;
  }
  if (options.user !== undefined && options.password === undefined && !process.stdin.isTTY) {
    process.stderr.write('Traceback (most recent call last):\n  …\nEOFError: EOF when reading a line\n');
    return 1;
  }
  let connection: Connection;
  try {
    connection = await Connection.open(options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  const shell = new Shell(connection, options, () => readFileSync(0, 'utf8'));
  try {
    if (options.keyspace !== undefined) await shell.run(`USE "${options.keyspace.replaceAll('"', '""')}"`);
    await shell.run(text, options.file);
  } finally {
    connection.close();
  }
  return shell.failed ? 2 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
