import type { YugabyteConfig } from '../config';
import { runTool } from '../process/run-tool';
import { globalFlags } from './run-yb-admin';

/**
 * Whether this yb-admin has an operation, asked without its arguments: an unknown operation is refused by name, a known
 * one for its missing arguments, before anything is sent. Only for operations that need arguments or change nothing.
 * Undefined: the output shows neither.
 */
export async function probeOperation(
  config: YugabyteConfig,
  operation: string,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  const { exitCode, stdout, stderr } = await runTool({
    folder: config.tools,
    tool: 'yb-admin',
    args: [...globalFlags(config, config.timeouts.rpcMs), operation],
    timeoutMs: config.timeouts.commandMs,
    signal,
    mutates: false,
  });
  if (exitCode === 0) return true;
  const output = `${stdout}\n${stderr}`;
  if (/Invalid operation/i.test(output)) return false;
  return /Invalid argument|Usage: /i.test(output) ? true : undefined;
}
