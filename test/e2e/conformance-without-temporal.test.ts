import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../stack/free-ports';
import type { Report } from '../../src/conformance';
import { acceptsConnections } from '../../src/cli/doctor/reach-address';
import { named, notWell } from '../support/cluster/conform';
import { FaultCluster } from '../support/cluster/fault-cluster';
import { until } from '../support/stack';

const KALPA = join(__dirname, '../support/kalpa-with-default-address.cjs');

let cluster: FaultCluster;
let out: string;
let address: string;
const started: ChildProcess[] = [];
/** As the other tests of the command: on a busy machine its steps take minutes. */
const LONG_MS = 900_000;

beforeAll(async () => {
  cluster = await FaultCluster.make({ without: [0, 1, 2, 3] });
  out = mkdtempSync(join(tmpdir(), 'conformance-'));
  address = `localhost:${(await freePorts(1))[0] ?? 0}`;
});
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await cluster.stop();
  rmSync(out, { recursive: true, force: true });
});

function kalpa(role: 'control' | 'node', ...args: string[]): ChildProcess & { said: string } {
  const { accessKeyId, secretAccessKey } = cluster.json.s3.roles[role];
  const child = spawn(process.execPath, [KALPA, ...args], {
    env: {
      ...process.env,
      ...{ KALPA_HOME: out, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'default' },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const told = Object.assign(child, { said: '' });
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => (told.said += String(chunk)));
  return told;
}

const conformance = (...more: string[]) =>
  kalpa('control', 'conformance', '--short', '--config', cluster.json.config, '--out', join(out, 'report'), ...more);
const nodeWorker = (number: number) =>
  kalpa('node', 'worker', 'node', '--config', cluster.json.config.replace('kalpa.yaml', `kalpa-node-${number}.yaml`));
const untilTemporalIsGone = async (): Promise<void> =>
  await until('Temporal has ended', async () => !(await acceptsConnections(address)));

it(
  '24: without Temporal at hand, the embedded one runs, node workers that waited for one take work there, and a missing one is named',
  async () => {
    const workers = [nodeWorker(1), nodeWorker(2)];
    await until('they wait', () => Promise.resolve(workers.every(({ said }) => said.includes('waiting for Temporal'))));
    const run = conformance();
    const [code] = (await once(run, 'close')) as [number];
    expect({ code, said: run.said }).toMatchObject({ code: 3 });
    expect(run.said).toMatch(
      /^No Temporal answers at the default address: the embedded one runs at 127\.0\.0\.1:\d+ /m,
    );
    expect(run.said).toContain(`no node worker takes work for ${cluster.json.tservers[2]?.address ?? ''}. Start`);
    await untilTemporalIsGone();
    for (const worker of workers) worker.kill('SIGKILL');
    expect(await named(cluster)).toEqual([]);
  },
  LONG_MS,
);

it(
  '24: the embedded Temporal ends with the command, even if that is killed; the next one does everything on it',
  async () => {
    const killed = conformance('--chapters', 'snapshots');
    await until('Temporal runs', () => Promise.resolve(killed.said.includes('the embedded one runs at')));
    killed.kill('SIGKILL');
    await untilTemporalIsGone();

    const run = conformance('--chapters', 'snapshots');
    const [code] = (await once(run, 'close')) as [number];
    const report = JSON.parse(readFileSync(join(out, 'report', 'report.json'), 'utf8')) as Report;
    expect({ code, not: notWell(report), said: run.said }).toMatchObject({ code: 0, not: [] });
    await untilTemporalIsGone();
    expect(await named(cluster)).toEqual([]);
  },
  LONG_MS,
);
