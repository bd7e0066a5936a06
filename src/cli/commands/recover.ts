import type { Command } from 'commander';
import type { RecoverToPointInTimeInput, RecoverToPointInTimeResult } from '../../contract';
import { commandLine } from '../core/command-line';
import { checkedConfirmation, confirmLoss } from '../core/confirm';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import { Session, type CommandContext } from '../core/session';
import { withBusyOptions, type BusyOptions } from '../run/busy-options';
import { given } from '../../objects/given';
import { previewRewind } from '../run/preview-rewind';
import { startAndWatch, withRunOptions, type RunOptions } from '../run/run-command';

interface Options extends BusyOptions, RunOptions {
  to?: string;
  ago?: string;
  as?: string;
  yes?: string;
  acknowledgeStreams?: boolean;
}

/** `kalpa recover <database>`. */
export function recoverCommand(context: CommandContext): Command {
  const command = defineCommand('recover', 'Recover a database to a moment: as a copy beside it, or in place.', {
    examples: [
      'kalpa recover ysql.orders --ago "10 minutes" --as orders_before',
      'kalpa recover ysql.orders --to 2026-11-22T02:00:00Z',
      'kalpa recover ysql.orders --to 2026-11-22T02:00:00Z --yes ysql.orders',
    ],
    exits: RUN_EXITS,
  })
    .argument('<database>', 'ysql.<database> or ycql.<keyspace>')
    .option('--to <instant>', 'the moment, RFC 3339 with a zone')
    .option('--ago <duration>', 'or this long ago: "1h 5m"')
    .option('--as <name>', 'a copy under this new, bare name; the original is not touched')
    .option('--yes <database>', 'for a rewind in place: the database again, to confirm without being asked')
    .option('--acknowledge-streams', 'for a rewind of a database with CDC or replication: both sides are prepared');
  withRunOptions(withBusyOptions(command));
  return command.action(async (database: string, options: Options) => {
    const { to, ago, as, yes, acknowledgeStreams, whenBusy, waitAtMost } = options;
    const session = new Session(context, command);
    const input = { database, ...given({ to, ago, as, acknowledgeStreams, whenBusy, waitAtMost }) };
    const confirmed = as === undefined ? await confirmedRewind(session, command, input, yes) : input;
    await startAndWatch(session, 'recoverToPointInTime', confirmed, options, recoveredText);
  });
}

/**
 * A rewind with its moment and its confirmation. What it would lose, and the exact moment, are shown first, unless both
 * were given: `--ago` means another moment each time it is evaluated.
 */
async function confirmedRewind(
  session: Session,
  command: Command,
  input: RecoverToPointInTimeInput,
  yes: string | undefined,
): Promise<RecoverToPointInTimeInput> {
  const { database, ago, ...rest } = input;
  if (yes !== undefined) checkedConfirmation(yes, database);
  const confirmed = { ...rest, database, confirmDataLoss: database };
  if (yes !== undefined && ago === undefined) return confirmed;
  const { to, loss, details } = await previewRewind(session, input);
  if (yes === undefined) {
    const next = commandLine(command, { without: ['to', 'ago', 'yes'], more: ['--to', to, '--yes', database] });
    await confirmLoss(session, { lost: loss, word: database, next, type: 'DataLossNotConfirmed', details });
  } else session.remark(loss);
  return { ...confirmed, to };
}

function recoveredText({ database, recoveredTo, mode, invalidIndexes }: RecoverToPointInTimeResult): string {
  const how = mode === 'rewind' ? 'rewound in place' : 'a copy';
  const indexes = invalidIndexes.length === 0 ? '' : `\ninvalid indexes: ${invalidIndexes.join(', ')}`;
  return `complete  ${database}  ${how}  recovery point ${recoveredTo}${indexes}`;
}
