import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareCluster, ysqlAddress, type EmulatorOptions } from '../../emulator';
import { freePorts } from '../../stack/free-ports';
import { postgresService, preparePostgres } from '../../stack/servers/postgres';
import { postgresRunner } from '../../stack/servers/postgres-runner';
import { packageFolder, stackTools } from '../../stack/tools';

const HOST = '127.0.0.1';

/** What a program printed and how it ended. */
export interface Ran {
  stdout: string;
  stderr: string;
  code: number;
}

/** An emulated cluster with its own PostgreSQL and the built emulator as a process, as the stack runs it. */
export class EmulatedCluster {
  private readonly children: ChildProcess[] = [];
  private emulator: ChildProcess | undefined;

  private constructor(
    readonly options: EmulatorOptions,
    private readonly folder: string,
  ) {}

  /** Needs `npm run build` and the wheels that `npm run setup` installs. */
  static async start(
    dialect: EmulatorOptions['dialect'],
    timing?: EmulatorOptions['timing'],
    ycqlTls?: EmulatorOptions['ycqlTls'],
  ): Promise<EmulatedCluster> {
    const base = join(packageFolder, '.kalpa-test');
    mkdirSync(base, { recursive: true });
    const folder = mkdtempSync(join(base, 'emulator-'));
    const ports = await freePorts(12);
    const next = (): number => ports.pop() ?? 0;
    const home = join(folder, 'cluster');
    const options: EmulatorOptions = {
      home,
      name: 'test',
      dialect,
      host: HOST,
      ports: {
        masterRpc: next(),
        masterHttp: next(),
        tserverRpc: [next(), next(), next()],
        tserverHttp: [next(), next(), next()],
        control: next(),
        ycql: next(),
        ysql: next(),
      },
      postgres: { host: HOST, port: next(), user: 'yugabyte' },
      ...(timing ? { timing } : {}),
      ...(ycqlTls ? { ycqlTls } : {}),
    };
    const cluster = new EmulatedCluster(options, folder);
    try {
      await cluster.begin();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  private async begin(): Promise<void> {
    const { home, postgres } = this.options;
    const tools = stackTools();
    const runner = postgresRunner(tools.pgBin, join(home, 'postgres'));
    await preparePostgres(runner);
    await prepareCluster(this.options, { ...tools, node: process.execPath });
    const service = postgresService(runner, postgres.port, { discard: true });
    const server = spawn(service.command, service.args, {
      env: service.env,
      cwd: service.cwd,
      stdio: 'ignore',
      ...runner.as,
    });
    this.children.push(server);
    await until(async () => await service.ready(''), 'PostgreSQL to answer');
    await this.startEmulator();
  }

  async startEmulator(): Promise<void> {
    const main = join(packageFolder, 'dist', 'emulator', 'main.js');
    const child = spawn(process.execPath, [main, join(this.options.home, 'cluster.json')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.emulator = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(() => {
      if (child.exitCode !== null) throw new Error(`the emulator ended:\n${said}`);
      return said.includes('emulator ready');
    }, 'the emulator to be ready');
  }

  /** As the machine would: at any moment, with no warning. */
  async killEmulator(): Promise<void> {
    const child = this.emulator;
    this.emulator = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async stop(): Promise<void> {
    await end(this.emulator, 'SIGTERM');
    for (const child of this.children) await end(child, 'SIGINT');
    rmSync(this.folder, { recursive: true, force: true });
  }

  get address(): { host: string; port: number; user: string } {
    return { ...this.options.postgres, ...ysqlAddress(this.options) };
  }

  /** Runs a tool of the cluster's `bin/`, with an empty environment. */
  async run(tool: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    return await new Promise((resolve) => {
      const settings = {
        env: { PATH: process.env['PATH'], TZ: 'UTC', ...env },
        maxBuffer: 1 << 26,
      };
      execFile(join(this.options.home, 'bin', tool), args, settings, (error, stdout, stderr) => {
        resolve({ stdout, stderr, code: error ? (typeof error.code === 'number' ? error.code : 1) : 0 });
      });
    });
  }

  async ybAdmin(...args: string[]): Promise<Ran> {
    return await this.run('yb-admin', [
      `--master_addresses=${HOST}:${this.options.ports.masterRpc}`,
      '--timeout_ms=20000',
      ...args,
    ]);
  }

  /** Standard output of a command that succeeds. */
  async admin(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await this.ybAdmin(...args);
    if (code !== 0) throw new Error(`yb-admin ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  async control(what: string, body?: object): Promise<unknown> {
    const [method = 'GET', path = '/'] = what.split(' ');
    const response = await fetch(`http://${HOST}:${this.options.ports.control}${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  }

  /** A page of the master, or of tserver 0–2. */
  async page(path: string, tserver?: number): Promise<unknown> {
    const { masterHttp, tserverHttp } = this.options.ports;
    const port = tserver === undefined ? masterHttp : tserverHttp[tserver];
    return await (await fetch(`http://${HOST}:${port}${path}`)).json();
  }
}

/** Waits for a condition that gets true within half a minute. */
export async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited too long for ${what}`);
    await sleep(30);
  }
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(timer);
}
