import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';

const PYTHON = join(__dirname, '../../.kalpa/tools/venv/bin/python');
const MEASURED = join(__dirname, '../../scripts/measured.py');

/** How a measured shell command ended, and the processor seconds that were said of it. */
async function measure(command: string, signalAfterOutput?: NodeJS.Signals) {
  expect(existsSync(PYTHON)).toBe(true);
  const child = spawn(PYTHON, ['-I', '-S', MEASURED, 'sh', '-c', command], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  if (signalAfterOutput) child.stdout?.once('data', () => child.kill(signalAfterOutput));
  const [said, [code]] = await Promise.all([
    text(child.stdio[3] as Readable),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, seconds: said === '' ? undefined : Number(said) };
}

describe('the cost that npm test reports', () => {
  // Busy for 0.3 s of processor time, however busy the machine is.
  const BUSY = `${PYTHON} -c 'import time
while time.process_time() < 0.3: pass'`;
  const quoted = (command: string): string => command.replaceAll("'", `'"'"'`);

  it('counts what the program waited for, and ends as the program did', async () => {
    const { code, seconds } = await measure(`${BUSY}; exit 7`);
    expect(code).toBe(7);
    expect(seconds).toBeGreaterThanOrEqual(0.3);
    expect(seconds).toBeLessThan(3);
  });

  (process.platform === 'linux' ? it : it.skip)('counts what outlived its parent', async () => {
    // The shell between them ends at once, so that its child is nobody's. It is gone when someone has taken it in.
    const { code, seconds } = await measure(`orphan=$(sh -c '(${quoted(BUSY)}) > /dev/null & echo $!')
while kill -0 "$orphan" 2> /dev/null; do sleep 0.02; done`);
    expect(code).toBe(0);
    expect(seconds).toBeGreaterThanOrEqual(0.3);
  });

  it('passes a signal on, and waits for what the program makes of it', async () => {
    const { code } = await measure(`trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done`, 'SIGTERM');
    expect(code).toBe(9);
  });

  it('says what can not be run', async () => {
    const { code } = await measure('exec /nowhere/at-all 2> /dev/null');
    expect(code).toBe(127);
  });
});
