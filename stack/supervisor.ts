import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that the stack runs and restarts. */
export interface ServiceSpec {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** True when it serves; asked until it is. `log`: what it has printed since it was started. */
  ready(log: string): Promise<boolean> | boolean;
  /** Asks it to stop; others get SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** What it needs to stop in order. */
  stopWithinMs?: number;
  readyWithinMs?: number;
}

interface Service {
  spec: ServiceSpec;
  child: ChildProcess;
  /** Where its output of this start begins in the log. */
  logFrom: number;
  failures: number;
}

const POLL_MS = 50;
const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 10_000;

/** Starts processes, restarts those that die, and ends all of them; records them so that a next start can end leftovers. */
export class Supervisor {
  private readonly services = new Map<string, Service>();
  private stopping = false;

  /** `onChange` is called when a pid has changed. */
  constructor(
    private readonly home: string,
    private readonly onChange: () => void = () => undefined,
    private readonly cancelled: () => boolean = () => false,
  ) {
    mkdirSync(join(home, 'logs'), { recursive: true });
  }

  pids(): { name: string; pid: number }[] {
    return [...this.services.values()].map(({ spec, child }) => ({ name: spec.name, pid: child.pid ?? 0 }));
  }

  /** Starts a service and waits until it serves. */
  async start(spec: ServiceSpec): Promise<void> {
    if (this.stopping) throw new Error('The stack is being stopped.');
    const service = this.spawn(spec, 0);
    await this.untilReady(service);
  }

  /** Sends a signal to a service's process; it is restarted like after any other death. */
  kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): number {
    const pid = this.services.get(name)?.child.pid;
    if (pid === undefined) throw new Error(`The stack runs no process "${name}".`);
    process.kill(pid, signal);
    return pid;
  }

  /** Ends a service for good. */
  async end(name: string): Promise<void> {
    const service = this.services.get(name);
    if (!service) return;
    this.services.delete(name);
    await stopProcess(service);
    this.record();
  }

  /** Ends everything, last started first. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const { spec } of [...this.services.values()].reverse()) await this.end(spec.name);
    rmSync(join(this.home, 'processes.json'), { force: true });
  }

  private spawn(spec: ServiceSpec, failures: number): Service {
    const logFile = this.logFile(spec.name);
    const log = openSync(logFile, 'a');
    // A process group of its own: Ctrl-C in the terminal reaches us alone, and we end the others in order.
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd ?? this.home,
      env: spec.env ?? process.env,
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    const service: Service = { spec, child, logFrom: existsSync(logFile) ? statSync(logFile).size : 0, failures };
    this.services.set(spec.name, service);
    child.once('error', () => {
      void this.died(service);
    });
    child.once('exit', () => {
      void this.died(service);
    });
    this.record();
    return service;
  }

  private async died(service: Service): Promise<void> {
    const { spec } = service;
    if (this.stopping || this.services.get(spec.name) !== service) return;
    await sleep(Math.min(FIRST_RESTART_MS * 2 ** service.failures, LONGEST_RESTART_MS));
    if (this.stopping || this.services.get(spec.name) !== service) return;
    const again = this.spawn(spec, service.failures + 1);
    this.untilReady(again).then(
      () => {
        again.failures = 0;
      },
      () => undefined,
    ); // it dies again and is restarted again
  }

  private async untilReady(service: Service): Promise<void> {
    const { spec, child } = service;
    const giveUpAt = Date.now() + (spec.readyWithinMs ?? 60_000);
    for (;;) {
      if (await spec.ready(this.logOf(service))) return;
      const over = child.exitCode !== null || child.signalCode !== null;
      if (over || Date.now() > giveUpAt || this.stopping || this.cancelled()) {
        const why =
          this.stopping || this.cancelled()
            ? 'the stack is being stopped'
            : over
              ? `it ended (${child.exitCode ?? child.signalCode ?? 'not started'})`
              : 'it did not answer in time';
        throw new Error(
          `${spec.name} did not start: ${why}. Its log is ${this.logFile(spec.name)}:\n${this.logOf(service).split('\n').slice(-8).join('\n')}`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  private logFile(name: string): string {
    return join(this.home, 'logs', `${name.replaceAll(':', '-')}.log`);
  }

  private logOf({ spec, logFrom }: Service): string {
    return readFileSync(this.logFile(spec.name)).subarray(logFrom).toString('utf8');
  }

  /** For a next start, should this process be killed. */
  private record(): void {
    const processes = [...this.services.values()].map(({ spec, child }) => ({
      name: spec.name,
      pid: child.pid ?? 0,
      command: spec.command,
      startedAt: startTime(child.pid ?? 0),
    }));
    const file = join(this.home, 'processes.json');
    writeFileSync(
      `${file}.tmp`,
      JSON.stringify({ supervisor: process.pid, supervisorStartedAt: startTime(process.pid), processes }, null, 2),
    );
    renameSync(`${file}.tmp`, file);
    this.onChange();
  }
}

async function stopProcess({ spec, child }: Pick<Service, 'spec' | 'child'>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  child.kill(spec.stopSignal ?? 'SIGTERM');
  const late = sleep(spec.stopWithinMs ?? 15_000, 'late', { ref: false });
  if ((await Promise.race([ended, late])) === 'late') {
    child.kill('SIGKILL');
    await ended;
  }
}

/** When a process began, as the system counts it: tells ours from another one that got the same pid. */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Whether the recorded process is still the same one. */
function isSame(pid: number, startedAt: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return startedAt === undefined || startTime(pid) === startedAt;
}

interface Recorded {
  supervisor: number;
  supervisorStartedAt?: string;
  processes: { name: string; pid: number; startedAt?: string }[];
}

/** What an earlier start recorded: a supervisor that still runs, or leftovers of one that was killed. */
export function recordedStack(home: string): { running: boolean; leftovers: { name: string; pid: number }[] } {
  const file = join(home, 'processes.json');
  if (!existsSync(file)) return { running: false, leftovers: [] };
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  const running = isSame(recorded.supervisor, recorded.supervisorStartedAt);
  return {
    running,
    leftovers: running ? [] : recorded.processes.filter(({ pid, startedAt }) => pid > 0 && isSame(pid, startedAt)),
  };
}

/** Ends leftovers of a killed supervisor, newest first. */
export async function endLeftovers(leftovers: { name: string; pid: number }[]): Promise<void> {
  for (const { name, pid } of [...leftovers].reverse()) {
    signal(pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
    const giveUpAt = Date.now() + 15_000;
    while (isAlive(pid)) {
      if (Date.now() > giveUpAt) signal(pid, 'SIGKILL');
      await sleep(POLL_MS);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself meanwhile
  }
}
