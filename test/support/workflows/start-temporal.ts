import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { freePorts } from '../../../stack/free-ports';
import { temporalService } from '../../../stack/servers/temporal';
import { stackTools } from '../../../stack/tools';

const root = join(__dirname, '../../..');
const READY_TIMEOUT_MS = 30_000;
const POLLS_AT_ONCE = 10_000;

export interface ServedWorkflows {
  address: string;
  /** The workflows of src/, bundled as they are now. */
  bundle: string;
}

declare global {
  var kalpaTemporal: ChildProcess | undefined;
}

/** jest globalSetup of the tests of workflows: a Temporal server and the workflows' bundle, for all of them. */
export default async function startTemporal(): Promise<void> {
  const home = join(process.env['KALPA_HOME'] ?? join(root, '.kalpa-test'), 'workflows');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const [port = 0, uiPort = 0, httpPort = 0, metricsPort = 0] = await freePorts(4);
  const { command, args, ready } = temporalService(stackTools().temporal, {
    database: join(home, 'temporal.db'),
    discard: true,
    ...{ port, uiPort, httpPort, metricsPort },
    env: process.env,
  });
  // A hundred nodes of a test ask for work side by side, all by this one server.
  const server = spawn(command, [...args, '--dynamic-config-value', `frontend.namespaceCount=${POLLS_AT_ONCE}`], {
    stdio: 'ignore',
  });
  globalThis.kalpaTemporal = server;
  const bundling = bundleWorkflowCode({
    workflowsPath: join(root, 'src/workflows/index.ts'),
    failureConverterPath: join(root, 'src/worker/failure-converter.ts'),
    preloadModules: [join(root, 'src/workflows/run/preloaded.ts')],
    logger: new DefaultLogger('WARN'),
  });
  const giveUpAt = Date.now() + READY_TIMEOUT_MS;
  while (!(await ready(''))) {
    if (server.exitCode !== null) throw new Error(`The Temporal server of the tests ended with ${server.exitCode}.`);
    if (Date.now() > giveUpAt) throw new Error('The Temporal server of the tests did not answer within 30 s.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const bundle = join(home, 'bundle.js');
  writeFileSync(bundle, (await bundling).code);
  const served: ServedWorkflows = { address: `127.0.0.1:${port}`, bundle };
  process.env['KALPA_TEST_WORKFLOWS'] = JSON.stringify(served);
}

/** Ends the server. */
export async function stopTemporal(): Promise<void> {
  const server = globalThis.kalpaTemporal;
  if (!server || server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
}
