import type { Command } from 'commander';
import { commandLine } from '../../core/command-line';
import { confirmLoss } from '../../core/confirm';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { withBusyOptions, type BusyOptions } from '../../run/busy-options';
import { historyOf } from '../../run/scheduled-history';
import { given } from '../../../objects/given';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';

interface Options extends BusyOptions, RunOptions {
  yes?: boolean;
}

/** `kalpa pitr disable <database>`. */
export function disablePitrCommand(context: CommandContext): Command {
  const command = defineCommand('disable', 'Delete the snapshot schedule of a database and the history it kept.', {
    examples: ['kalpa pitr disable ysql.orders', 'kalpa pitr disable ysql.orders --yes'],
    exits: RUN_EXITS,
  })
    .argument('<database>', 'ysql.<database>')
    .option('--yes', 'do not ask: its history is permanently lost');
  withRunOptions(withBusyOptions(command));
  return command.action(async (database: string, options: Options) => {
    const session = new Session(context, command);
    const input = { database, ...given({ whenBusy: options.whenBusy, waitAtMost: options.waitAtMost }) };
    if (!options.yes) {
      const history = await historyOf(session, database);
      // Nothing to lose: the run itself reports why it is refused.
      if (history) {
        const whose = history.ofDropped ? 'the' : 'its';
        await confirmLoss(session, {
          lost: `Disabling point-in-time recovery of ${database} deletes ${whose} snapshot schedule ${history.scheduleId} (every ${history.every}, ${history.keep} back) with the history that it kept. ${history.lost} ${history.left}`,
          word: 'yes',
          next: commandLine(command, { more: ['--yes'] }),
          details: [history],
        });
      }
    }
    await startAndWatch(
      session,
      'disablePointInTimeRecovery',
      input,
      options,
      (result) => `disabled  ${result.database}  schedule ${result.scheduleId} is deleted`,
    );
  });
}
