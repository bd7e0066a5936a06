import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import type { ServiceSpec } from '../processes/supervisor';

const run = promisify(execFile);

/** Temporal's dev server with its state on disk. */
export function temporalService(
  temporal: string,
  options: {
    database: string;
    /** The database is discarded afterwards: nothing is flushed to disk. */
    discard: boolean;
    port: number;
    uiPort: number;
    httpPort: number;
    metricsPort: number;
    env: NodeJS.ProcessEnv;
  },
): ServiceSpec {
  mkdirSync(dirname(options.database), { recursive: true });
  return {
    name: 'temporal',
    stage: 'server',
    command: temporal,
    args: [
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--ui-ip',
      '127.0.0.1',
      '--port',
      String(options.port),
      '--ui-port',
      String(options.uiPort),
      '--http-port',
      String(options.httpPort),
      '--metrics-port',
      String(options.metricsPort),
      '--db-filename',
      options.database,
      '--sqlite-pragma',
      'journal_mode=wal',
      '--sqlite-pragma',
      `synchronous=${options.discard ? 0 : 1}`,
      '--namespace',
      'default',
      '--log-level',
      'warn',
      '--dynamic-config-value',
      'frontend.enableServerVersionCheck=false',
      // One partition per task queue is enough for a single server: four for each of Kalpa's queues would cost as many
      // writes and polls.
      '--dynamic-config-value',
      'matching.numTaskqueueReadPartitions=1',
      '--dynamic-config-value',
      'matching.numTaskqueueWritePartitions=1',
    ],
    env: options.env,
    stopSignal: 'SIGINT',
    ready: async () => await answers(`127.0.0.1:${options.port}`),
  };
}

/** Closed runs stay readable for 90 days; the dev server's own default is one. */
export async function raiseRetention(temporal: string, address: string, env: NodeJS.ProcessEnv): Promise<void> {
  await run(
    temporal,
    ['operator', 'namespace', 'update', '--namespace', 'default', '--retention', '2160h', '--address', address],
    { env },
  );
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '2s' });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}
