import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { StackJson } from '../../stack';
import { packageFolder } from '../../stack/tools';
import { temporaryFolder } from '../suites/temporary-folder';
import { until } from './child-process';

/** One `npm start`, as a process. */
interface Start {
  child: ChildProcess;
  output(): string;
  /** The exit code. */
  ended: Promise<number | null>;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const starts: Start[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(async () => {
  for (const { child, ended } of starts) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  }
  for (const { pid } of processesOf(folder.path)) process.kill(pid, 'SIGKILL'); // only after a failure
  await folder.remove();
});

function start(home = folder.path): Start {
  const env = { ...process.env, KALPA_HOME: home };
  const args = [join(packageFolder, 'scripts', 'start.mjs'), '--no-tour'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  starts.push({ child, output: () => output, ended });
  return { child, output: () => output, ended };
}

async function ready(begun: Start): Promise<void> {
  const over = () => begun.child.exitCode !== null;
  await until(() => begun.output().includes('Stop it with Ctrl-C') || over(), 90_000);
  expect(begun.output()).toContain('Everything is running');
}

const stackJson = (): StackJson => JSON.parse(readFileSync(join(folder.path, 'stack.json'), 'utf8')) as StackJson;
const pidOf = (name: string): number | undefined => stackJson().processes.find((process) => process.name === name)?.pid;

/** Every process with this home on its command line (Linux). */
function processesOf(home: string): { pid: number; line: string }[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const line = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') : '';
      return line.includes(`${home}/`) ? [{ pid: Number(pid), line }] : [];
    } catch {
      return []; // it has ended
    }
  });
}

/** Inodes of the sockets that a process has open (Linux). */
function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return []; // of another user
  }
}

describe('npm start', () => {
  let first: Start;

  beforeAll(async () => {
    first = start();
    await ready(first);
  }, 120_000);

  it('ends with the links and how to stop, and says the same in stack.json', () => {
    const { temporal, s3, ysql, tservers, config, tools, processes } = stackJson();
    const [lastLine] = first.output().trimEnd().split('\n').slice(-1);
    expect(lastLine).toMatch(/Ctrl-C/);
    for (const link of [temporal.ui, s3.endpoint, `${ysql.host}:${ysql.port}`]) expect(first.output()).toContain(link);
    const nodes = tservers.map(({ address }) => `node-worker-${address}`);
    expect(processes.map(({ name }) => name).sort()).toEqual(
      ['control-worker', 'emulator', 'janitor', 'postgres', 's3', 'temporal', ...nodes].sort(),
    );
    for (const { uuid } of tservers) expect(uuid).toMatch(/^[0-9a-f]{32}$/);
    for (const path of [config, join(tools, 'yb-admin'), join(tools, 'ysql_dump'), join(tools, 'ysqlsh'), temporal.cli])
      expect(existsSync(path)).toBe(true);
  });

  it('a second start beside it prints the links and ends with 0', async () => {
    const second = start();
    expect(await second.ended).toBe(0);
    expect(second.output()).toContain(stackJson().temporal.ui);
  });

  it('23.13: nobody else may look into its home, its logs and its keys', () => {
    const mode = (path: string): string => (statSync(join(folder.path, path)).mode & 0o777).toString(8);
    expect(mode('.')).toBe('700');
    expect(mode('logs')).toBe('700');
    const logs = readdirSync(join(folder.path, 'logs'));
    expect(logs.length).toBeGreaterThan(5);
    const secrets = ['stack.json', 's3/s3.json', 'keys/signing.pem', 'cluster/postgres.password'];
    for (const file of [...logs.map((name) => join('logs', name)), ...secrets])
      expect([file, mode(file)]).toEqual([file, '600']);
  });

  it('23.13: its PostgreSQL needs a password, which no command line, log or configuration holds', async () => {
    const { host, port, user, password = '' } = stackJson().ysql;
    expect(password).toMatch(/^[0-9a-f]{40}$/);
    const connect = async (as: object): Promise<unknown> => {
      const client = new Client({ host, port, user, database: 'yugabyte', ...as });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return (await client.query('SELECT 1 AS one')).rows;
      } finally {
        await client.end().catch(() => undefined);
      }
    };
    for (const as of [
      {},
      { password: '' },
      { password: 'yugabyte' },
      { user: 'postgres' },
      { user: 'postgres', password },
    ])
      await expect(connect(as)).rejects.toThrow(/password/);
    expect(await connect({ password })).toEqual([{ one: 1 }]);
    const lines = processesOf(folder.path).map(({ line }) => line);
    expect(lines.length).toBeGreaterThan(5);
    const { secretAccessKey, roles } = stackJson().s3;
    const secrets = [password, secretAccessKey, ...Object.values(roles).map((key) => key.secretAccessKey)];
    const files = [
      ...readdirSync(join(folder.path, 'logs')).map((name) => join('logs', name)),
      ...readdirSync(join(folder.path, 'config')).map((name) => join('config', name)),
      'cluster/cluster.json',
      'processes.json',
    ].map((name) => readFileSync(join(folder.path, name), 'utf8'));
    for (const secret of secrets) expect([...lines, ...files].filter((text) => text.includes(secret))).toEqual([]);
  });

  it('23.13: it listens on the loopback addresses alone', () => {
    const inodes = new Set(processesOf(folder.path).flatMap(({ pid }) => socketsOf(pid)));
    const listening = ['tcp', 'tcp6'].flatMap((table) =>
      readFileSync(`/proc/net/${table}`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , state, , , , , , inode = '']) => state === '0A' && inodes.has(inode))
        .map(([, address = '']) => address),
    );
    expect(listening.length).toBeGreaterThan(10);
    const loopback = /^(0100007F|0{24}01000000|0{16}FFFF00000100007F):/;
    expect(listening.filter((address) => !loopback.test(address))).toEqual([]);
  });

  it('starts a killed worker again and tells its new pid', async () => {
    const before = pidOf('control-worker');
    process.kill(before ?? 0, 'SIGKILL');
    await until(() => pidOf('control-worker') !== before);
  });

  it('after a kill of the supervisor the next start ends what was left, and serves again at the same addresses', async () => {
    const { temporal, processes } = stackJson();
    first.child.kill('SIGKILL');
    await first.ended;
    expect(processesOf(folder.path).length).toBeGreaterThan(0);
    const again = start();
    await ready(again);
    expect(again.output()).toContain(`Ending ${processes.length} processes of an earlier start`);
    expect(stackJson().temporal).toEqual(temporal);
    const old = new Set(processes.map(({ pid }) => pid));
    expect(stackJson().processes.filter(({ pid }) => old.has(pid))).toEqual([]);
  }, 120_000);

  it('Ctrl-C stops everything that was started', async () => {
    const running = starts.at(-1);
    running?.child.kill('SIGINT');
    expect(await running?.ended).toBe(0);
    expect(processesOf(folder.path)).toEqual([]);
    expect(existsSync(join(folder.path, 'stack.json'))).toBe(false);
    expect(existsSync(join(folder.path, 'processes.json'))).toBe(false);
  });

  it('Ctrl-C in the middle of a start stops what had been started by then', async () => {
    const begun = start();
    await until(() => existsSync(join(folder.path, 'processes.json')) && processesOf(folder.path).length >= 2);
    begun.child.kill('SIGINT');
    expect(await begun.ended).toBe(130);
    expect(processesOf(folder.path)).toEqual([]);
  });
});
