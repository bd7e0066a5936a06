import type { YugabyteConfig } from '../config';
import { ToolFailed, UnexpectedOutput } from '../errors';
import type { Capabilities } from '../releases';
import { LIMITS } from '../process/limits';
import { runTool, type ToolRun } from '../process/run-tool';
import type { Command } from './command';
import { failureOf, refusedForArguments } from './failure';

export interface RunOptions {
  signal?: AbortSignal | undefined;
  /** For the whole command; default `timeouts.commandMs`. */
  timeoutMs?: number | undefined;
  /** For each of its RPCs; default `timeouts.rpcMs`. */
  rpcMs?: number | undefined;
}

/** yb-admin's own flags. They precede the operation, in the `--name=value` form that gflags parses unambiguously. */
export function globalFlags(config: YugabyteConfig, rpcMs: number): string[] {
  return [
    `--master_addresses=${config.masters.join(',')}`,
    `--timeout_ms=${rpcMs}`,
    ...(config.tls ? [`--certs_dir_name=${config.tls.certsDir}`] : []),
    ...(config.tls?.clientNode === undefined ? [] : [`--client_node_name=${config.tls.clientNode}`]),
  ];
}

/** Runs one command and parses its output. Fails with `ToolFailed`, `ToolMissing`, `UnexpectedOutput`. */
export async function runCommand<I, O>(
  config: YugabyteConfig,
  release: Capabilities,
  command: Command<I, O>,
  input: I,
  options: RunOptions = {},
): Promise<O> {
  const argv = command.argv(input, release);
  const second = command.argvWhenRefused?.(input, release);
  try {
    return await answer(argv);
  } catch (error) {
    if (!(error instanceof ToolFailed) || second === undefined || !refusedForArguments(error)) throw error;
    return await answer(second);
  }

  async function answer(operation: string[]): Promise<O> {
    const name = operation[0] ?? command.name;
    const reader = command.lines?.(input, release);
    const result = await runTool({
      ...ybAdminRun(config, operation, options, { command: name, mutates: command.mutates }),
      maxOutputBytes: command.lists ? LIMITS.listBytes : LIMITS.answerBytes,
      ...(reader ? { lines: (line: string) => reader.line(line) } : {}),
    });
    if (result.exitCode !== 0) throw failureOf({ ...command, name }, result.exitCode, result.stderr);
    return reader ? reader.end() : command.parse(result.stdout, release, input, operation);
  }
}

/** The output of `yb-admin --version`; needs no cluster. */
export async function printedVersion(config: YugabyteConfig, signal?: AbortSignal): Promise<string> {
  const run: ToolRun = {
    folder: config.tools,
    tool: 'yb-admin',
    args: ['--version'],
    command: '--version',
    timeoutMs: config.timeouts.commandMs,
    signal,
    mutates: false,
  };
  const result = await runTool(run);
  if (result.exitCode !== 0) throw failureOf({ name: '--version', mutates: false }, result.exitCode, result.stderr);
  if (result.stdout.trim() === '') throw new UnexpectedOutput('version', result.stdout, 'yb-admin --version');
  return result.stdout;
}

function ybAdminRun(
  config: YugabyteConfig,
  operation: string[],
  options: RunOptions,
  more: { command: string; mutates: boolean },
): ToolRun {
  return {
    folder: config.tools,
    tool: 'yb-admin',
    args: [...globalFlags(config, options.rpcMs ?? config.timeouts.rpcMs), ...operation],
    timeoutMs: options.timeoutMs ?? config.timeouts.commandMs,
    signal: options.signal,
    ...more,
  };
}
