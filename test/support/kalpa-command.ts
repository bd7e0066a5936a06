import { modules } from '../../src/cli/core/modules';
import { makeProgram } from '../../src/cli/program';
import { runCli } from '../../src/cli/run-cli';
import type { StackJson } from '../../stack/stack-json';

// Tests that run at once call it between them, where jest lets nothing be loaded any more.
makeProgram({} as never, '');
for (const load of Object.values(modules)) load();

/** How one command line ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a command line in this process against a cluster, as a person would: its `kalpa.yaml`, the rest from the
 * environment.
 */
export async function kalpaCommand({ config, temporal, s3 }: StackJson, ...line: string[]): Promise<Ended> {
  // The chain of AWS reads the process's own; every cluster of the tests has the same keys.
  process.env['AWS_ACCESS_KEY_ID'] = s3.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = s3.secretAccessKey;
  const ended: Ended = { code: -1, stdout: '', stderr: '' };
  ended.code = await runCli(line, {
    env: {
      KALPA_CONFIG: config,
      KALPA_UI: temporal.ui,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
    },
    cwd: '/',
    stdout: { write: (text) => (ended.stdout += text) },
    stderr: { write: (text) => (ended.stderr += text) },
    now: () => new Date(),
    onInterrupt: () => () => undefined,
  });
  return ended;
}

/** The same with `--json`; fails with what it printed unless it ends with 0. */
export async function kalpaJson<T>(stack: StackJson, ...line: string[]): Promise<T> {
  const { code, stdout, stderr } = await kalpaCommand(stack, ...line, '--json');
  if (code !== 0) throw new Error(`kalpa ${line.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
