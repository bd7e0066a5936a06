import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { killGroupOnExit } from '../../../src/yugabyte/process/kill-group-on-exit';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A killed process that nobody has waited for is none any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
const until = async (is: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !is(); i += 1) await pause(20);
  expect(is()).toBe(true);
};

describe('23.6: a tool that runs statement after statement', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kalpa-ends-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends with the process that runs it, its children too, also by SIGKILL', async () => {
    const [tool, pids] = [join(folder, 'tool'), join(folder, 'pids')];
    writeFileSync(tool, `#!/bin/sh\nsleep 600 &\necho "$$ $!" > ${pids}.new; mv ${pids}.new ${pids}\nwait\n`, {
      mode: 0o755,
    });
    // In a process of its own, which can be killed: what is compiled stands on `spawn` alone, under the name that the
    // compiler gives it.
    const source = killGroupOnExit.toString();
    const script = `const node_child_process = require('node:child_process'); const _nodechild_process = node_child_process; const spawn = node_child_process.spawn;
      const endWithUs = ${source};
      const child = spawn(${JSON.stringify(tool)}, [], { stdio: 'ignore', detached: true });
      endWithUs(child.pid); setInterval(() => undefined, 1000);`;
    const worker = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit'] });
    await until(() => existsSync(pids));
    const group = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
    expect(group.map(isAlive)).toEqual([true, true]);
    await pause(200); // a watch that ended it too early would have done so
    expect(group.map(isAlive)).toEqual([true, true]);
    worker.kill('SIGKILL');
    await until(() => group.every((pid) => !isAlive(pid)));
  });

  it('is left alone when the watch has ended', async () => {
    const child = spawn('/bin/sh', ['-c', 'sleep 600'], { stdio: 'ignore', detached: true });
    try {
      const unwatch = killGroupOnExit(child.pid ?? 0);
      unwatch();
      await pause(200);
      expect(isAlive(child.pid ?? 0)).toBe(true);
    } finally {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    }
  });
});
