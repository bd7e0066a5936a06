import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  expect(begun.output()).toContain('Everything runs');
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
      ['control-worker', 'emulator', 'postgres', 's3', 'temporal', ...nodes].sort(),
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
