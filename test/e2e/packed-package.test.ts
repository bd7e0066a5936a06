import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startExtraWorker, type ExtraWorker } from '../support/cluster/extra-worker';
import { FaultCluster } from '../support/cluster/fault-cluster';

const execute = promisify(execFile);
const ROOT = join(__dirname, '../..');

let folder: string;
const workers: ExtraWorker[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kalpa-packed-'));
});
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * The package as `npm install --omit=dev` lays it out: what it ships, beside the packages that it says it depends on.
 */
async function installed(): Promise<string> {
  const { stdout } = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await execute('tar', ['-xzf', join(folder, filename), '-C', folder]);
  const modules = join(folder, 'package', 'node_modules');
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean }>;
  };
  for (const [path, { dev = false, optional = false }] of Object.entries(lock.packages)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    if (name === undefined || dev || optional) continue;
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  return join(folder, 'package', 'dist/src/cli/main.js');
}

it('22.34: workers and the command line of the packed package back up and restore', async () => {
  const cluster = await FaultCluster.make({ apart: ['control-worker'], without: [1] });
  await cluster.end('control-worker');
  const cli = await installed();
  workers.push(
    await startExtraWorker(cluster.json, 'packed-control', { cli, config: {} }),
    await startExtraWorker(cluster.json, 'packed-node', { cli, config: {}, node: 1 }),
  );
  const database = await cluster.database();
  const { backupId } = await cluster.backUp(database);
  const copy = { cluster, database, backupId, content: await cluster.content(database) };
  await cluster.restore(copy, 'from_packed');
  expect(await cluster.content('from_packed')).toEqual(copy.content);

  const { temporal, s3, config } = cluster.json;
  const { stdout } = await execute(process.execPath, [cli, 'backups', '--json', '--config', config], {
    env: {
      PATH: process.env['PATH'],
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    },
  });
  expect(JSON.stringify(JSON.parse(stdout))).toContain(backupId);
  expect(workers[0]?.output()).toContain(backupId); // committed by the packed one
}, 120_000);
