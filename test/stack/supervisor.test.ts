import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../stack/processes/process-identity';
import { Supervisor } from '../../stack/processes/supervisor';
import { temporaryFolder } from '../suites/temporary-folder';
import { nodeService, OBEDIENT, STUBBORN, until } from './child-process';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let supervisor: Supervisor;
let changes: { name: string; pid: number }[][];
let cancelled: boolean;

beforeEach(async () => {
  folder = await temporaryFolder();
  changes = [];
  cancelled = false;
  supervisor = new Supervisor(
    folder.path,
    () => changes.push(supervisor.pids()),
    () => cancelled,
  );
});

afterEach(async () => {
  await supervisor.stop();
  await folder.remove();
});

const pidOf = (name: string): number => supervisor.pids().find((service) => service.name === name)?.pid ?? 0;

it('starts a process, and stops it', async () => {
  await supervisor.start(nodeService('one', OBEDIENT));
  const pid = pidOf('one');
  expect(isAlive(pid)).toBe(true);
  await supervisor.stop();
  expect(isAlive(pid)).toBe(false);
  expect(supervisor.pids()).toEqual([]);
});

it('starts a process again when it is killed, and tells its new pid', async () => {
  await supervisor.start(nodeService('one', OBEDIENT));
  const first = supervisor.kill('one');
  await until(() => pidOf('one') !== first);
  expect(isAlive(first)).toBe(false);
  expect(isAlive(pidOf('one'))).toBe(true);
  expect(changes.at(-1)).toEqual([{ name: 'one', pid: pidOf('one') }]);
});

it('continues trying when a restarted process dies before it serves', async () => {
  const mark = join(folder.path, 'mark').replaceAll('\\', '/');
  // serves at the first and at the third start, dies at the second
  const script = `const fs = require('fs'); fs.appendFileSync('${mark}', 'x'); if (fs.readFileSync('${mark}', 'utf8').length === 2) process.exit(3); ${OBEDIENT}`;
  await supervisor.start(nodeService('one', script));
  supervisor.kill('one');
  await until(() => readFileSync(mark, 'utf8').length === 3);
  await until(() => isAlive(pidOf('one')));
});

it('does not start a process again that was ended on purpose', async () => {
  await supervisor.start(nodeService('one', OBEDIENT));
  const pid = pidOf('one');
  await supervisor.end('one');
  expect(isAlive(pid)).toBe(false);
  expect(supervisor.pids()).toEqual([]);
});

it('kills a process that does not stop in time', async () => {
  await supervisor.start(nodeService('stubborn', STUBBORN, { stopWithinMs: 200 }));
  const pid = pidOf('stubborn');
  await supervisor.stop();
  expect(isAlive(pid)).toBe(false);
});

it('stops workers before the cluster, and the cluster before the servers', async () => {
  const order = join(folder.path, 'order').replaceAll('\\', '/');
  const telling = (name: string) =>
    `process.on('SIGTERM', () => { require('fs').appendFileSync('${order}', '${name} '); process.exit() }); ${OBEDIENT}`;
  await supervisor.start(nodeService('worker', telling('worker'), { stage: 'worker' }));
  await supervisor.start(nodeService('server', telling('server'), { stage: 'server' }));
  await supervisor.start(nodeService('cluster', telling('cluster'), { stage: 'cluster' }));
  await supervisor.stop();
  expect(readFileSync(order, 'utf8')).toBe('worker cluster server ');
});

it('says why a process did not start, with the end of its log', async () => {
  const failing = nodeService('broken', `console.log('the port is taken'); process.exit(7)`);
  await expect(supervisor.start(failing)).rejects.toThrow(
    /broken did not start: it ended with 7.*\n.*the port is taken/s,
  );
});

it('says which program is missing', async () => {
  const missing = nodeService('missing', '', { command: join(folder.path, 'no-such-program') });
  await expect(supervisor.start(missing)).rejects.toThrow(
    /missing did not start: .*no-such-program can't be run.*npm run setup/,
  );
});

it('gives up waiting when the start is cancelled', async () => {
  const starting = supervisor.start(nodeService('slow', 'setInterval(() => {}, 1000)'));
  const pid = pidOf('slow');
  cancelled = true;
  await expect(starting).rejects.toThrow('the stack is being stopped');
  await supervisor.stop();
  expect(isAlive(pid)).toBe(false);
});
