import type { Command } from 'commander';
import type { Limits } from '../../contract';
import { CommandError } from '../core/command-error';
import { defineCommand } from '../core/define-command';
import { EXIT } from '../core/exit-codes';
import { Session, type CommandContext } from '../core/session';
import { onOneLine } from '../core/sanitized-output';
import { findRunning, RUN_ARGUMENT } from '../run/find-run';
import { limitsOf, withCopyLimits, type LimitOptions } from '../run/limit-options';

/** `kalpa limit <run>`. */
export function limitCommand(context: CommandContext): Command {
  const command = defineCommand('limit', 'Change how fast a running copy goes; it takes effect within 5 s.', {
    examples: [
      'kalpa limit backup/orders-prod/ysql.orders/20261122T020007Z --bytes-per-second 20MB',
      'kalpa limit ysql.orders --bytes-per-second 0',
    ],
    exits: {
      0: undefined,
      1: undefined,
      2: undefined,
      3: 'there is no such run, or it has ended already',
      4: undefined,
    },
  }).argument(...RUN_ARGUMENT);
  withCopyLimits(command);
  return command.action(async (given: string, options: LimitOptions) => {
    const session = new Session(context, command);
    const limits = limitsOf(options);
    if (Object.keys(limits).length === 0)
      throw new CommandError('Usage', 'Give --bytes-per-second, --parallelism, or both.', EXIT.usage);
    await session.withClient(async (client) => {
      const { run } = await findRunning(client, given);
      await run.setLimits(limits);
      session.print(
        { ...run.reference(), limits },
        () => `limited  ${onOneLine(run.workflowId)}  ${limitsText(limits)}`,
      );
    });
  });
}

function limitsText({ bytesPerSecond, parallelism }: Limits): string {
  const parts = [
    ...(bytesPerSecond === undefined
      ? []
      : [bytesPerSecond === 0 ? 'no limit of bytes' : `${bytesPerSecond.toLocaleString('en-US')} bytes per second`]),
    ...(parallelism === undefined
      ? []
      : [parallelism === 0 ? 'no limit of requests' : `${parallelism} requests in flight`]),
  ];
  return `${parts.join(', ')} for each node`;
}
