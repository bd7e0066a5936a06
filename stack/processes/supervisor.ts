import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { leaveHome, recordProcesses, STAGES, STOP_TIMEOUT_MS } from './process-record';

/** A process that the stack runs and restarts. */
export interface ServiceSpec {
  name: string;
  /** Stages are stopped one after another, the highest first; processes of one stage stop together. */
  stage: (typeof STAGES)[number];
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Another user, for a program that refuses root. */
  uid?: number;
  gid?: number;
  /** Polled until it returns true: the process is ready. `log`: what it has printed since it was started. */
  ready(log: string): Promise<boolean> | boolean;
  /** The signal that asks it to stop. Default: SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** Time for it to stop in order; then it is killed. */
  stopWithinMs?: number;
  readyWithinMs?: number;
  /** Removes what the process leaves behind outside of the stack's home. */
  afterStop?: () => void;
}

interface Service {
  spec: ServiceSpec;
  child: ChildProcess;
  /** Where the output of this start begins in the log. */
  logFrom: number;
  /** Consecutive restarts that did not last. */
  failures: number;
  startedAt: number;
  /** It was ready once: if it dies from here on it is restarted. */
  served: boolean;
  spawnError?: Error;
}

const POLL_MS = 50;
const FIRST_RESTART_MS = 200;
const MAX_RESTART_DELAY_MS = 10_000;
const LASTED_MS = 30_000;
const LOG_BYTES = 20_000_000;

/**
 * Starts processes, restarts those that die, and ends all of them; records them so that a next start can end leftovers.
 */
export class Supervisor {
  private readonly services = new Map<string, Service>();
  private stopped: Promise<void> | undefined;

  /** `onChange` is called when a pid has changed; `cancelled` is polled while something is starting. */
  constructor(
    private readonly home: string,
    private readonly onChange: () => void = () => undefined,
    private readonly cancelled: () => boolean = () => false,
  ) {
    mkdirSync(join(home, 'logs'), { recursive: true, mode: 0o700 });
  }

  pids(): { name: string; pid: number }[] {
    return [...this.services.values()].map(({ spec, child }) => ({ name: spec.name, pid: child.pid ?? 0 }));
  }

  /** Starts a service and waits until it is ready. If that fails, throws an error with the end of its log. */
  async start(spec: ServiceSpec): Promise<void> {
    if (this.isStopping()) throw new Error(`${spec.name} was not started: the stack is being stopped.`);
    await this.untilReady(this.spawn(spec, 0));
  }

  /** Sends a signal to a service's process; it is restarted as after any other death. Returns the pid. */
  kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): number {
    const pid = this.services.get(name)?.child.pid;
    if (pid === undefined)
      throw new Error(`The stack runs no process "${name}". It runs ${[...this.services.keys()].join(', ')}.`);
    process.kill(pid, signal);
    return pid;
  }

  /** Ends a service without restarting it. */
  async end(name: string): Promise<void> {
    const service = this.services.get(name);
    if (!service) return;
    this.services.delete(name);
    await stopProcess(service);
    service.spec.afterStop?.();
    this.record();
  }

  /** Ends everything: workers, then the cluster, then the servers. */
  async stop(): Promise<void> {
    await (this.stopped ??= this.stopStages());
  }

  /** Ends everything at once, without order. */
  killAll(): void {
    for (const { child } of this.services.values()) child.kill('SIGKILL');
  }

  private async stopStages(): Promise<void> {
    for (const stage of [...STAGES].reverse()) {
      const names = [...this.services.values()].filter(({ spec }) => spec.stage === stage).map(({ spec }) => spec.name);
      await Promise.all(names.map(async (name) => await this.end(name)));
    }
    leaveHome(this.home);
  }

  private isStopping(): boolean {
    return this.stopped !== undefined || this.cancelled();
  }

  private spawn(spec: ServiceSpec, failures: number): Service {
    const log = this.openLog(spec.name);
    const logFrom = fstatSync(log).size;
    const { command, args, uid, gid } = spec;
    const child = spawn(command, args, {
      cwd: spec.cwd ?? this.home,
      env: spec.env ?? process.env,
      stdio: ['ignore', log, log],
      // A process group of its own: Ctrl-C in the terminal reaches only us, and we end the others in order.
      detached: true,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    closeSync(log);
    const service: Service = { spec, child, logFrom, failures, startedAt: Date.now(), served: false };
    this.services.set(spec.name, service);
    child.once('error', (error) => {
      service.spawnError = error;
      void this.died(service);
    });
    child.once('exit', () => void this.died(service));
    this.record();
    return service;
  }

  private async died(service: Service): Promise<void> {
    const { spec, startedAt } = service;
    const restarts = (): boolean =>
      !this.isStopping() && this.services.get(spec.name) === service && (service.served || service.failures > 0);
    if (!restarts()) return;
    const failures = Date.now() - startedAt > LASTED_MS ? 0 : service.failures;
    await sleep(Math.min(FIRST_RESTART_MS * 2 ** failures, MAX_RESTART_DELAY_MS));
    if (!restarts()) return;
    const again = this.spawn(spec, failures + 1);
    // One that hangs is killed, and restarted like one that died.
    await this.untilReady(again).catch(() => again.child.kill('SIGKILL'));
  }

  private async untilReady(service: Service): Promise<void> {
    const { spec, child } = service;
    const giveUpAt = Date.now() + (spec.readyWithinMs ?? 60_000);
    for (;;) {
      const problem = this.problemOf(service, giveUpAt);
      if (problem !== undefined) throw new Error(`${spec.name} did not start: ${problem}${this.lastLines(service)}`);
      if (await spec.ready(this.logOf(service))) {
        if (child.exitCode !== null || child.signalCode !== null) continue; // another process answered on its port
        service.served = true;
        return;
      }
      await sleep(POLL_MS);
    }
  }

  private problemOf({ child, spawnError, spec }: Service, giveUpAt: number): string | undefined {
    if (this.isStopping()) return 'the stack is being stopped.';
    if (spawnError) return `${spec.command} can't be run (${spawnError.message}). Run \`npm run setup\`.`;
    if (child.exitCode !== null || child.signalCode !== null)
      return `it ended with ${child.exitCode ?? child.signalCode ?? ''}.`;
    return Date.now() > giveUpAt ? 'it did not answer in time.' : undefined;
  }

  private lastLines(service: Service): string {
    if (this.isStopping()) return '';
    const lines = this.logOf(service).trimEnd().split('\n').slice(-8);
    return ` The end of its log (${this.logFile(service.spec.name)}):\n${lines.join('\n')}`;
  }

  private logFile(name: string): string {
    return join(this.home, 'logs', `${name.replaceAll(':', '-')}.log`);
  }

  /** Logs continue through restarts; a big one is first renamed. */
  private openLog(name: string): number {
    const file = this.logFile(name);
    const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes > LOG_BYTES) renameSync(file, `${file}.1`);
    const log = openSync(file, 'a', 0o600);
    fchmodSync(log, 0o600); // earlier versions made it readable for others
    return log;
  }

  private logOf({ spec, logFrom }: Service): string {
    const log = openSync(this.logFile(spec.name), 'r');
    try {
      const bytes = Buffer.alloc(Math.max(0, fstatSync(log).size - logFrom));
      return bytes.subarray(0, readSync(log, bytes, 0, bytes.length, logFrom)).toString('utf8');
    } finally {
      closeSync(log);
    }
  }

  private record(): void {
    const processes = [...this.services.values()].map(({ spec: { name, stage, stopSignal, stopWithinMs }, child }) => ({
      name,
      pid: child.pid ?? 0,
      stage,
      stopSignal,
      stopWithinMs,
    }));
    recordProcesses(this.home, processes);
    this.onChange();
  }
}

async function stopProcess({ spec, child }: Pick<Service, 'spec' | 'child'>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(spec.stopSignal ?? 'SIGTERM');
  const late = new AbortController();
  const killed = sleep(spec.stopWithinMs ?? STOP_TIMEOUT_MS, undefined, { signal: late.signal }).then(
    () => child.kill('SIGKILL'),
    () => false, // it stopped in time
  );
  await ended;
  late.abort();
  await killed;
}
