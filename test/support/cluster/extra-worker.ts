import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { StackJson } from '../../../stack/stack-json';

const CLI = join(__dirname, '../../../dist/src/cli/main.js');
/** A cluster name without workers costs a question nobody takes; it must not cost a test seconds. */
const TIMING = { nodeAnswerTimeout: '2s' };

/** A worker beside those of the stack. */
export interface ExtraWorker {
  output(): string;
  stop(): Promise<void>;
}

interface ExtraWorkerOptions {
  /** Over the stack's configuration. */
  config: Record<string, unknown>;
  /** Number of the tserver whose node worker this is; absent: a control worker. */
  node?: number;
  /** What is run, in place of this clone's `dist`. */
  cli?: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * Starts a worker with a variant of the stack's kalpa.yaml, usually for another cluster name, and waits until it takes
 * work. Stop it in the test that started it.
 */
export async function startExtraWorker(
  stack: StackJson,
  name: string,
  { config, node, cli = CLI, env }: ExtraWorkerOptions,
): Promise<ExtraWorker> {
  const role = node === undefined ? 'control' : 'node';
  const original = node === undefined ? stack.config : stack.config.replace('kalpa.yaml', `kalpa-node-${node}.yaml`);
  const { metrics: _of, ...base } = parse(readFileSync(original, 'utf8')) as Record<string, unknown>; // its port is taken
  const timing = { ...(base['timing'] as object), ...TIMING };
  const file = stack.config.replace('kalpa.yaml', `extra-${name}.yaml`);
  writeFileSync(file, stringify({ ...base, timing, ...config }));
  const child = spawn(process.execPath, [cli, 'worker', role, '--config', file], {
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: stack.temporal.address,
      TEMPORAL_NAMESPACE: stack.temporal.namespace,
      KALPA_UI: stack.temporal.ui,
      AWS_ACCESS_KEY_ID: stack.s3.roles[role].accessKeyId,
      AWS_SECRET_ACCESS_KEY: stack.s3.roles[role].secretAccessKey,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const stop = async (): Promise<void> => {
    await ended(child);
  };
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      if (/ worker\b.*: ready: /.test(output)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => {
      reject(new Error(`The worker ${name} ended before it was ready:\n${output}`));
    });
  });
  return { output: () => output, stop };
}

/** SIGKILL: these workers hold nothing that a graceful stop would have to save. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}
