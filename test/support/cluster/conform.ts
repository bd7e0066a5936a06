import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../../src/conformance';
import type { FaultCluster } from './fault-cluster';
import { databaseNames } from './sql';

const MAIN = join(__dirname, '../../../dist/src/cli/main.js');

/** What was started, so that a test that fails in between leaves no process behind. */
export const started: ChildProcess[] = [];

/** The command as a person starts it, on a cluster without a control worker: its own does everything. */
export function startConformance(
  { json: { config, temporal, s3 } }: FaultCluster,
  out: string,
  ...more: string[]
): ChildProcess & { output: string } {
  const child = spawn(process.execPath, [MAIN, 'conformance', '--config', config, '--out', out, ...more], {
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      AWS_ACCESS_KEY_ID: s3.roles.control.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.roles.control.secretAccessKey,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const running = Object.assign(child, { output: '' });
  for (const output of [child.stdout, child.stderr]) output?.on('data', (chunk) => (running.output += String(chunk)));
  return running;
}

/** Runs it to its end. */
export async function conform(cluster: FaultCluster, out: string, ...more: string[]) {
  const child = startConformance(cluster, out, ...more);
  const [code] = (await once(child, 'close')) as [number | null];
  const report = (): Report => JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
  return { code, output: child.output, report };
}

/** Databases of the command that are there. */
export const named = async ({ json: { ysql } }: FaultCluster): Promise<string[]> =>
  (await databaseNames(ysql)).filter((name) => name.startsWith('kalpa_conformance_'));
/** Steps that differ or could not be run. */
export const notWell = ({ steps }: Report) => steps.filter(({ end }) => end === 'differs' || end === 'not run');
