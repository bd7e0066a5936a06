import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, startTime } from '../../stack/processes/process-identity';
import {
  leaveHome,
  recordProcesses,
  runningSupervisor,
  StackRuns,
  takeHome,
} from '../../stack/processes/process-record';
import { temporaryFolder } from '../suites/temporary-folder';
import { OBEDIENT, STUBBORN } from './child-process';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let children: ChildProcess[];

beforeEach(async () => {
  folder = await temporaryFolder();
  children = [];
});

afterEach(async () => {
  for (const child of children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await folder.remove();
});

async function startChild(script: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

/** As a supervisor writes it that was killed afterwards. */
function leaveRecord(processes: { name: string; pid: number; startedAt: string | undefined }[]): void {
  writeFileSync(
    join(folder.path, 'processes.json'),
    JSON.stringify({ supervisor: 999_999_999, supervisorStartedAt: '1', processes }),
  );
}

it('lets one supervisor have a home, and gives it back', async () => {
  await takeHome(folder.path, () => undefined);
  expect(runningSupervisor(folder.path)).toBe(process.pid);
  await expect(takeHome(folder.path, () => undefined)).rejects.toThrow(StackRuns);
  leaveHome(folder.path);
  expect(runningSupervisor(folder.path)).toBeUndefined();
  await takeHome(folder.path, () => undefined);
});

it('ends what a killed supervisor left behind', async () => {
  const pid = await startChild(OBEDIENT);
  leaveRecord([{ name: 'one', pid, startedAt: startTime(pid) }]);
  const counts: number[] = [];
  await takeHome(folder.path, (count) => counts.push(count));
  expect(counts).toEqual([1]);
  expect(startTime(pid)).toBeUndefined();
});

it('leaves a process alone that has got the pid of one of ours', async () => {
  const pid = await startChild(STUBBORN);
  leaveRecord([{ name: 'one', pid, startedAt: 'another time' }]);
  await takeHome(folder.path, () => {
    throw new Error('It was taken for ours.');
  });
  expect(isAlive(pid)).toBe(true);
});

it('records processes so that a next start knows them', async () => {
  await takeHome(folder.path, () => undefined);
  const pid = await startChild(OBEDIENT);
  recordProcesses(folder.path, [{ name: 'one', pid }]);
  expect(runningSupervisor(folder.path)).toBe(process.pid);
  leaveHome(folder.path);
  expect(existsSync(join(folder.path, 'processes.json'))).toBe(false);
});
