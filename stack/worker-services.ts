import { join } from 'node:path';
import type { StackJson } from './stack-json';
import type { ServiceSpec } from './processes/supervisor';
import { packageFolder } from './tools';
import type { WorkerConfigs } from './worker-config';

/** One control worker, a janitor and a node worker for each tserver, each as its own process. */
export function workerServices(json: StackJson, configs: WorkerConfigs, env: NodeJS.ProcessEnv): ServiceSpec[] {
  const worker = (name: string, role: 'control' | 'node' | 'janitor', config: string): ServiceSpec => ({
    name,
    stage: 'worker',
    command: process.execPath,
    args: [join(packageFolder, 'dist', 'src', 'cli', 'main.js'), 'worker', role, '--config', config],
    env: {
      ...env,
      TEMPORAL_ADDRESS: json.temporal.address,
      TEMPORAL_NAMESPACE: json.temporal.namespace,
      KALPA_UI: json.temporal.ui,
      AWS_ACCESS_KEY_ID: json.s3.roles[role].accessKeyId,
      AWS_SECRET_ACCESS_KEY: json.s3.roles[role].secretAccessKey,
    },
    ready: (log) => / worker\b.*: ready: /.test(log),
    stopWithinMs: 30_000,
  });
  return [
    worker('control-worker', 'control', configs.control),
    worker('janitor', 'janitor', configs.janitor),
    ...json.tservers.map(({ address }, i) => worker(`node-worker-${address}`, 'node', configs.nodes[i] ?? '')),
  ];
}
