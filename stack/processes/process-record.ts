import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess, startTime } from './process-identity';

const POLL_MS = 50;
/** Order of starting; stopped in reverse. */
export const STAGES = ['server', 'cluster', 'worker'] as const;
/** Time for a process to stop in order, unless its spec says otherwise. */
export const STOP_TIMEOUT_MS = 15_000;

interface RecordedProcess {
  name: string;
  pid: number;
  startedAt?: string | undefined;
  stage?: (typeof STAGES)[number] | undefined;
  stopSignal?: NodeJS.Signals | undefined;
  stopWithinMs?: number | undefined;
}

interface Recorded {
  supervisor: number;
  supervisorStartedAt?: string | undefined;
  processes: RecordedProcess[];
}

const fileOf = (home: string): string => join(home, 'processes.json');

function read(home: string): Recorded | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(home), 'utf8')) as Recorded;
  } catch {
    return undefined; // nothing was started here
  }
}

/** The pid of the supervisor that runs a stack in this home, ready or still starting. */
export function runningSupervisor(home: string): number | undefined {
  const recorded = read(home);
  return recorded && isSameProcess(recorded.supervisor, recorded.supervisorStartedAt) ? recorded.supervisor : undefined;
}

/**
 * Claims a home for this process: at most one supervisor has it. Processes that a killed supervisor left behind, if
 * they are still the recorded ones, are ended first, workers before the servers that they use.
 */
export async function takeHome(home: string, onLeftovers: (count: number) => void): Promise<void> {
  takeFolder(home);
  const running = runningSupervisor(home);
  if (running !== undefined) throw new StackRuns(home, running);
  const left = (read(home)?.processes ?? []).filter(({ pid, startedAt }) => isSameProcess(pid, startedAt));
  if (left.length > 0) onLeftovers(left.length);
  for (const stage of [...STAGES].reverse())
    await Promise.all(left.filter((leftover) => (leftover.stage ?? 'server') === stage).map(endLeftover));
  rmSync(fileOf(home), { force: true });
  try {
    writeFileSync(fileOf(home), content([]), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new StackRuns(home, runningSupervisor(home) ?? 0); // another start was a moment faster
  }
}

/** No one else can read a home. A folder that the stack did not create and that contains other things is left alone. */
function takeFolder(home: string): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const names = readdirSync(home);
  const ours = names.length === 0 || basename(home) === '.kalpa' || names.includes('ports.json');
  if (ours && statSync(home).uid === (process.getuid?.() ?? 0)) chmodSync(home, 0o700);
}

/** A home belongs to one supervisor. */
export class StackRuns extends Error {
  override readonly name = 'StackRuns';
  constructor(home: string, pid: number) {
    super(
      `A stack runs in ${home} already (process ${pid}). Stop it first, with Ctrl-C where it was started, or give another KALPA_HOME.`,
    );
  }
}

/** Written at every change, so that the next start can end what a killed supervisor leaves behind. */
export function recordProcesses(home: string, processes: readonly RecordedProcess[]): void {
  writeFileSync(
    `${fileOf(home)}.tmp`,
    content(processes.map((process) => ({ ...process, startedAt: startTime(process.pid) }))),
  );
  renameSync(`${fileOf(home)}.tmp`, fileOf(home));
}

/** Releases the home. */
export function leaveHome(home: string): void {
  if (existsSync(fileOf(home)) && read(home)?.supervisor === process.pid) rmSync(fileOf(home), { force: true });
}

function content(processes: RecordedProcess[]): string {
  const recorded: Recorded = { supervisor: process.pid, supervisorStartedAt: startTime(process.pid), processes };
  return JSON.stringify(recorded, null, 2);
}

async function endLeftover({ pid, startedAt, stopSignal, stopWithinMs }: RecordedProcess): Promise<void> {
  signal(pid, stopSignal ?? 'SIGTERM');
  const killAt = Date.now() + (stopWithinMs ?? STOP_TIMEOUT_MS);
  while (isSameProcess(pid, startedAt)) {
    if (Date.now() > killAt) signal(pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended meanwhile
  }
}
