import type { Command } from 'commander';
import { commandLine } from '../../core/command-line';
import { confirmLoss } from '../../core/confirm';
import { historyOf, shortensHistory } from '../../run/scheduled-history';
import { withBusyOptions, type BusyOptions } from '../../run/busy-options';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { given } from '../../../objects/given';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';
import { Session, type CommandContext } from '../../core/session';

interface Options extends BusyOptions, RunOptions {
  yes?: boolean;
  every: string;
  keep: string;
}

/** `kalpa pitr enable <database>`. */
export function enablePitrCommand(context: CommandContext): Command {
  const command = defineCommand('enable', 'Make the cluster keep the history of a database.', {
    examples: ['kalpa pitr enable ysql.orders --every 1h --keep "7 days"'],
    exits: RUN_EXITS,
  })
    .argument('<database>', 'ysql.<database>')
    .requiredOption('--every <duration>', 'how often a snapshot is taken, in whole minutes: "1h"')
    .requiredOption('--keep <duration>', 'how far back it can be recovered: "7 days"')
    .option('--yes', 'do not ask: shortening --keep loses older history');
  withRunOptions(withBusyOptions(command));
  return command.action(async (database: string, options: Options) => {
    const { every, keep, whenBusy, waitAtMost } = options;
    const input = { database, every, keep, ...given({ whenBusy, waitAtMost }) };
    const session = new Session(context, command);
    if (!options.yes) {
      const history = await historyOf(session, database);
      if (history && !history.ofDropped && shortensHistory(history.keep, keep)) {
        const [oldest] = history.windows;
        await confirmLoss(session, {
          lost: `${database} keeps the history of ${history.keep}${oldest ? `, from ${oldest.from}` : ''}. Keeping ${keep} instead deletes what is older, for good.`,
          word: 'yes',
          next: commandLine(command, { more: ['--yes'] }),
          details: [history],
        });
      }
    }
    await startAndWatch(
      session,
      'enablePointInTimeRecovery',
      input,
      options,
      (result) =>
        `enabled  ${result.database}  every ${result.every}, ${result.keep} back  schedule ${result.scheduleId}`,
    );
  });
}
