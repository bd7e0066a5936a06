import type { Command } from 'commander';
import type { Limits } from '../../contract';
import { withBusyOptions } from './busy-options';
import { CommandError } from '../core/command-error';
import { EXIT } from '../core/exit-codes';
import { modules } from '../core/modules';

/** As commander gives them. */
export interface LimitOptions {
  bytesPerSecond?: string;
  parallelism?: string;
}

/** Adds the options of every command that copies data and locks a database. */
export function withLimitOptions(command: Command): Command {
  return withBusyOptions(withCopyLimits(command));
}

/** Adds only the limits. */
export function withCopyLimits(command: Command): Command {
  return command
    .option('--bytes-per-second <size>', 'limit for each node, such as 50MB; 0: no limit')
    .option('--parallelism <n>', 'requests in flight for each node; 0: no limit');
}

/** The limits in the form of a workflow's input. Throws a usage error. */
export function limitsOf({ bytesPerSecond, parallelism }: LimitOptions): Limits {
  const limits: Limits = {};
  if (bytesPerSecond !== undefined) {
    const { sizeBytes, SIZE_FORM } = modules.config();
    const bytes = sizeBytes(bytesPerSecond);
    if (bytes === undefined)
      throw new CommandError('Usage', `--bytes-per-second ${bytesPerSecond}: it must be ${SIZE_FORM}.`, EXIT.usage);
    limits.bytesPerSecond = bytes;
  }
  if (parallelism !== undefined) {
    if (!/^\d+$/.test(parallelism))
      throw new CommandError('Usage', `--parallelism ${parallelism}: it must be a whole number.`, EXIT.usage);
    limits.parallelism = Number(parallelism);
  }
  return limits;
}
