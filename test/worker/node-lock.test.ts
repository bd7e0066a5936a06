import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { holdNode, nodeHolder, type NodeLock } from '../../src/worker/node-lock';

const script = join(__dirname, 'hold-node.cjs');
const me = { pid: process.pid, host: 'here', version: '0.1.0', since: '2026-11-22T02:00:07Z' };

describe('the lock of a node', () => {
  let dataDir: string;
  const processes: ChildProcess[] = [];
  const locks: NodeLock[] = [];

  beforeEach(() => {
    // Longer than what a socket's path may have.
    dataDir = join(mkdtempSync(join(tmpdir(), 'kalpa-node-lock-')), 'd'.repeat(120));
    mkdirSync(join(dataDir, 'yb-data/tserver'), { recursive: true });
  });
  afterEach(() => {
    for (const lock of locks.splice(0)) lock.release();
    for (const child of processes.splice(0)) child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  const hold = async (onWait: () => void = () => undefined): Promise<NodeLock> => {
    const lock = await holdNode({ dataDir, cluster: 'demo', self: me, onWait });
    locks.push(lock);
    return lock;
  };
  const inAnotherProcess = (): { child: ChildProcess; lines: AsyncIterableIterator<string> } => {
    const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    processes.push(child);
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
  };
  const said = async (lines: AsyncIterableIterator<string>): Promise<unknown> => (await lines.next()).value as unknown;

  it('22.27: a second one waits, says for whom, and takes over when the first lets go', async () => {
    const first = await hold();
    const waited = await new Promise<{ second: Promise<NodeLock> }>((resolve) => {
      const second = hold(() => {
        resolve({ second });
      });
    });
    expect(await nodeHolder(dataDir, 'demo')).toEqual({ ...me, waiting: 1 });
    first.release();
    await waited.second;
    expect(await nodeHolder(dataDir, 'demo')).toEqual({ ...me, waiting: 0 });
  });

  it('22.27: a killed one holds nothing, and one that waited for it takes over', async () => {
    const first = inAnotherProcess();
    expect(await said(first.lines)).toBe('holds');
    const second = inAnotherProcess();
    expect(await said(second.lines)).toBe(`waits for ${first.child.pid}`);
    first.child.kill('SIGKILL');
    expect(await said(second.lines)).toBe('holds');
    second.child.kill('SIGKILL');
    await once(second.child, 'exit');
    await hold(); // nobody else: what the dead one left is no hindrance
  });

  it('22.27: one that dies before it has read who waits ends the wait, not the worker that waits', async () => {
    const short = mkdtempSync(join(tmpdir(), 'kalpa-node-lock-'));
    mkdirSync(join(short, 'yb-data/tserver'), { recursive: true });
    const met = new Promise<Socket>((resolve) => {
      const server = createServer({ pauseOnConnect: true }, (socket) => {
        server.close();
        resolve(socket);
      }).listen(join(short, 'yb-data/tserver/kalpa-node-demo.sock'));
    });
    const waiting = holdNode({ dataDir: short, cluster: 'demo', self: me, onWait: () => undefined });
    const socket = await met;
    // The question stands unread in the socket: closing it resets the connection.
    for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
    socket.destroy();
    locks.push(await waiting);
    expect(await nodeHolder(short, 'demo')).toEqual({ ...me, waiting: 0 });
    locks.pop()?.release();
    rmSync(short, { recursive: true, force: true });
  });

  it('22.27: of several that find a dead one, exactly one holds', async () => {
    const dead = inAnotherProcess();
    expect(await said(dead.lines)).toBe('holds');
    const waiting = [1, 2, 3].map(inAnotherProcess);
    for (const { lines } of waiting) expect(await said(lines)).toBe(`waits for ${dead.child.pid}`);
    const heard = waiting.map(({ child, lines }) => {
      const said: string[] = [];
      void (async () => {
        for await (const line of lines) said.push(line);
      })();
      return { pid: child.pid, said };
    });
    const holders = (): unknown[] => heard.filter(({ said }) => said.includes('holds')).map(({ pid }) => pid);
    dead.child.kill('SIGKILL');
    // On the way one may have met another that did not get it in the end.
    let found = await nodeHolder(dataDir, 'demo');
    const settled = (pid: number): boolean =>
      holders().includes(pid) && heard.every((one) => one.pid === pid || one.said.at(-1) === `waits for ${pid}`);
    while (found?.waiting !== 2 || !settled(found.pid)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      found = await nodeHolder(dataDir, 'demo');
    }
    expect(holders()).toEqual([found.pid]);
    for (const { child } of waiting) expect(child.exitCode).toBeNull();
    for (const { pid, said } of heard) if (pid !== found.pid) expect(said.at(-1)).toBe(`waits for ${found.pid}`);
  });

  it('22.27: leaves nothing behind, and is free when nobody has taken it', async () => {
    (await hold()).release();
    locks.length = 0;
    expect(readdirSync(join(dataDir, 'yb-data/tserver'))).toEqual([]);
    await expect(nodeHolder(dataDir, 'demo')).resolves.toBeUndefined();
  });

  it('22.27: notices that its lock was removed and taken by another', async () => {
    const first = await hold();
    rmSync(join(dataDir, 'yb-data/tserver/kalpa-node-demo.sock'));
    const second = await hold();
    await first.lost;
    first.release();
    expect(await nodeHolder(dataDir, 'demo')).toMatchObject({ waiting: 0 }); // the second one's is still there
    second.release();
    locks.length = 0;
  });
});
