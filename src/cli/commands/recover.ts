import type { Command } from 'commander';
import type { RecoverToPointInTimeResult } from '../../contract';
import { withBusyOptions, type BusyOptions } from '../run/busy-options';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import { given } from '../run/limit-options';
import { startAndWatch, withRunOptions, type RunOptions } from '../run/run-command';
import { Session, type CommandContext } from '../core/session';

interface Options extends BusyOptions, RunOptions {
  to?: string;
  ago?: string;
  as?: string;
  confirmDataLoss?: string;
  acknowledgeStreams?: boolean;
}

/** `kalpa recover <database>`. */
export function recoverCommand(context: CommandContext): Command {
  const command = defineCommand('recover', 'Recover a database to a moment: as a copy beside it, or in place.', {
    examples: [
      'kalpa recover ysql.orders --ago "10 minutes" --as orders_before',
      'kalpa recover ysql.orders --to 2026-11-22T02:00:00Z --confirm-data-loss ysql.orders',
    ],
    exits: RUN_EXITS,
  })
    .argument('<database>', 'ysql.<database> or ycql.<keyspace>')
    .option('--to <instant>', 'the moment, RFC 3339 with a zone')
    .option('--ago <duration>', 'or so long ago: "1h 5m"')
    .option('--as <name>', 'a copy under this new, bare name; the original is not touched')
    .option('--confirm-data-loss <database>', 'for a rewind in place: the database again')
    .option('--acknowledge-streams', 'for a rewind of what is captured or replicated: both sides are prepared');
  withRunOptions(withBusyOptions(command));
  return command.action(async (database: string, options: Options) => {
    const { to, ago, as, confirmDataLoss, acknowledgeStreams, whenBusy, waitAtMost } = options;
    const input = { database, ...given({ to, ago, as, confirmDataLoss, acknowledgeStreams, whenBusy, waitAtMost }) };
    await startAndWatch(new Session(context, command), 'recoverToPointInTime', input, options, recoveredText);
  });
}

function recoveredText({ database, recoveredTo, mode, invalidIndexes }: RecoverToPointInTimeResult): string {
  const how = mode === 'rewind' ? 'rewound in place' : 'a copy';
  const indexes = invalidIndexes.length === 0 ? '' : `\ninvalid indexes: ${invalidIndexes.join(', ')}`;
  return `complete  ${database}  ${how}  holds ${recoveredTo}${indexes}`;
}
