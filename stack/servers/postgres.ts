import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { PostgresRunner } from './postgres-runner';
import { startTime } from '../processes/process-identity';
import type { ServiceSpec } from '../processes/supervisor';
import { packageFolder } from '../tools';

const run = promisify(execFile);

// No socket file: its path must be shorter than 108 bytes, which a clone in a deeply nested folder would exceed.
const SETTINGS = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
wal_level = logical
max_replication_slots = 256
max_wal_senders = 64
max_connections = 200
shared_buffers = 32MB
min_wal_size = 2MB
logging_collector = off
scram_iterations = 1 # the password is 160 random bits: stretching it would only slow down each connection
`;

// Segments of 1 MiB: a test's cluster writes little before it is discarded.
const INITDB = ['-U', 'yugabyte', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--wal-segsize=1'];

// A killed server loses nothing; a crash of the machine might.
const UNSAFE_AND_FAST = ['fsync=off', 'full_page_writes=off'];

/** A data directory prepared with these settings; created if missing, and copied: 0.1 s instead of an initdb. */
const TEMPLATE = join(
  packageFolder,
  '.kalpa',
  'tools',
  `postgres-template-${createHash('sha256')
    .update([SETTINGS, ...INITDB].join())
    .digest('hex')
    .slice(0, 8)}`,
);

/**
 * A data directory with the superuser `yugabyte`, who needs the password from the start (without one: trusted on the
 * loopback address, for tests). Idempotent, and atomic.
 */
export async function preparePostgres(runner: PostgresRunner, password?: string): Promise<void> {
  const { dataDir } = runner;
  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    if (runner.as) await initialize(runner, dataDir);
    else {
      await initialize(runner, TEMPLATE);
      // Not with Node's own copy, which would block the process.
      await replaceWhole(dataDir, async (building) => void (await run('cp', ['-Rp', TEMPLATE, building])));
    }
  }
  if (password !== undefined) await demandPassword(runner, password);
}

/**
 * Sets the password through standard input while no server runs, and makes every connection require it: older data
 * directories had none.
 */
async function demandPassword(runner: PostgresRunner, password: string): Promise<void> {
  const { dataDir, pgBin } = runner;
  const file = join(dataDir, 'pg_hba.conf');
  const rules = `# Made by Kalpa's stack for the password ${createHash('sha256').update(password).digest('hex').slice(0, 16)}
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
`;
  if (readFileSync(file, 'utf8') === rules) return;
  forgetOtherProcess(dataDir);
  const [command = '', ...args] = [...runner.prefix, join(pgBin, 'postgres'), '--single', '-D', dataDir, 'postgres'];
  const done = run(command, args, { env: { PATH: process.env['PATH'], LC_ALL: 'C' }, cwd: '/', ...runner.as });
  done.child.stdin?.end(`ALTER ROLE yugabyte PASSWORD '${password}'\n`);
  await done;
  writeFileSync(file, rules); // in place: the file keeps its owner
}

/** Generated at the first start, in a file that only its owner can read. */
export function postgresPassword(file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  if (!existsSync(file)) writeFileSync(file, randomBytes(20).toString('hex'), { mode: 0o600, flag: 'wx' });
  return readFileSync(file, 'utf8');
}

async function initialize(runner: PostgresRunner, dataDir: string): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  await replaceWhole(dataDir, async (building) => {
    const [command = '', ...args] = [...runner.prefix, join(runner.pgBin, 'initdb'), '-D', building, ...INITDB];
    await run(command, args, { env: { PATH: process.env['PATH'] }, cwd: '/', ...runner.as });
    appendFileSync(join(building, 'postgresql.conf'), SETTINGS);
  });
}

/** Builds a folder under another name; if two build the same one at once, the first one stays. */
async function replaceWhole(folder: string, build: (building: string) => Promise<void>): Promise<void> {
  const building = `${folder}.building-${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  await build(building);
  try {
    renameSync(building, folder);
  } catch (error) {
    if (!existsSync(join(folder, 'PG_VERSION'))) throw error;
    rmSync(building, { recursive: true, force: true });
  }
}

/** PostgreSQL as a supervised service, on the loopback address only. `discard`: its data is discarded afterwards. */
export function postgresService(
  runner: PostgresRunner,
  port: number,
  { discard = false, password }: { discard?: boolean | undefined; password?: string } = {},
): ServiceSpec {
  const { dataDir, prefix, pgBin } = runner;
  const settings = discard ? UNSAFE_AND_FAST.flatMap((setting) => ['-c', setting]) : [];
  const [command = '', ...args] = [...prefix, join(pgBin, 'postgres'), '-D', dataDir, '-p', String(port), ...settings];
  forgetOtherProcess(dataDir);
  return {
    name: 'postgres',
    stage: 'server',
    command,
    args,
    env: { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' },
    cwd: '/',
    stopSignal: 'SIGINT', // "fast": clients are disconnected, nothing is lost
    ready: async () => await answers(port, password),
    ...runner.as,
  };
}

/**
 * The pid file of a killed server may contain a pid that now belongs to another program, and PostgreSQL would refuse to
 * start. If it belongs to a PostgreSQL, the file is left alone: it prevents two servers on one directory.
 */
function forgetOtherProcess(dataDir: string): void {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (startTime(pid) !== undefined && !commandOf(pid).includes('postgres')) rmSync(file, { force: true });
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return 'postgres'; // unknown here: leave the file alone
  }
}

async function answers(port: number, password: string | undefined): Promise<boolean> {
  const client = new Client({
    ...(password === undefined ? {} : { password }),
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
