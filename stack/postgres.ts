import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { ServiceSpec } from './supervisor';

const run = promisify(execFile);
/** PostgreSQL refuses to run as root. Inside a user namespace it sees itself as this user. */
const UNPRIVILEGED = 65_534;

const SETTINGS = `
listen_addresses = '127.0.0.1'
wal_level = logical
max_replication_slots = 64
max_wal_senders = 64
max_connections = 200
shared_buffers = 32MB
logging_collector = off
`;

/** How PostgreSQL's programs are run on this machine. */
export interface PostgresRunner {
  pgBin: string;
  /** What stands before each command line: nothing, or a change of user. */
  prefix: string[];
  /** Where data directories must be, when the unprivileged user can't reach others. */
  place?: string;
  /** Said to the person who starts the stack, when something is done differently here. */
  note?: string;
}

/**
 * As anybody but root: as it is. As root: in a user namespace; where that is not permitted, as an unprivileged user from a
 * copy in a folder that this user can reach. Nobody's folders are changed.
 */
export function postgresRunner(pgBin: string): PostgresRunner {
  if (process.getuid?.() !== 0) return { pgBin, prefix: [] };
  const unshare = ['unshare', '--user', `--map-user=${UNPRIVILEGED}`, `--map-group=${UNPRIVILEGED}`];
  try {
    execFileSync(unshare[0] ?? '', [...unshare.slice(1), 'true'], { stdio: 'ignore' });
    return { pgBin, prefix: unshare };
  } catch {
    const place = mkdtempSync(join(tmpdir(), 'kalpa-postgres-'));
    chownSync(place, UNPRIVILEGED, UNPRIVILEGED);
    cpSync(dirname(pgBin), join(place, 'install'), { recursive: true });
    return {
      pgBin: join(place, 'install', 'bin'),
      prefix: ['setpriv', `--reuid=${UNPRIVILEGED}`, `--regid=${UNPRIVILEGED}`, '--clear-groups'],
      place,
      note: `PostgreSQL refuses root and user namespaces are not permitted here, so it runs as user ${UNPRIVILEGED} from ${place}.`,
    };
  }
}

function withPrefix(runner: PostgresRunner, program: string, args: string[]): [string, string[]] {
  const [first = '', ...rest] = [...runner.prefix, join(runner.pgBin, program), ...args];
  return [first, rest];
}

/** A cluster's data directory with superuser `yugabyte`, trust on the loopback address. Idempotent; whole or not there. */
export async function preparePostgres(dataDir: string, runner: PostgresRunner): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  const building = `${dataDir}.building`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(dirname(building), { recursive: true });
  const [command, args] = withPrefix(runner, 'initdb', [
    '-D',
    building,
    '-U',
    'yugabyte',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]);
  await run(command, args, { env: { PATH: process.env['PATH'] }, cwd: '/' });
  appendFileSync(join(building, 'postgresql.conf'), SETTINGS);
  renameSync(building, dataDir);
}

/** A prepared data directory copied to a new place: 0.1 s instead of an initdb. */
export function copyPrepared(template: string, dataDir: string): void {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  rmSync(`${dataDir}.building`, { recursive: true, force: true });
  cpSync(template, `${dataDir}.building`, { recursive: true });
  renameSync(`${dataDir}.building`, dataDir);
}

/** PostgreSQL as a supervised service. Its socket stands in the data directory, so that two stacks never meet. */
export function postgresService(
  runner: PostgresRunner,
  options: { dataDir: string; port: number; socketDir: string },
): ServiceSpec {
  const { dataDir, port, socketDir } = options;
  mkdirSync(socketDir, { recursive: true });
  const [command, args] = withPrefix(runner, 'postgres', ['-D', dataDir, '-p', String(port), '-k', socketDir]);
  rmSync(join(dataDir, 'postmaster.pid'), { force: true }); // of one that was killed; a running one holds the port and was ended before
  return {
    name: 'postgres',
    command,
    args,
    env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' },
    cwd: '/',
    stopSignal: 'SIGINT',
    ready: async () => await answers(port),
  };
}

async function answers(port: number): Promise<boolean> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'yugabyte',
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = 'yugabyte'");
    if (rowCount === 0) await client.query('CREATE DATABASE yugabyte');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
