import type { Command } from 'commander';
import { withBusyOptions, type BusyOptions } from '../../run/busy-options';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { given } from '../../run/limit-options';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';
import { Session, type CommandContext } from '../../core/session';

/** `kalpa pitr disable <database>`. */
export function disablePitrCommand(context: CommandContext): Command {
  const command = defineCommand('disable', 'Delete the snapshot schedule of a database and the history it kept.', {
    examples: ['kalpa pitr disable ysql.orders'],
    exits: RUN_EXITS,
  }).argument('<database>', 'ysql.<database>');
  withRunOptions(withBusyOptions(command));
  return command.action(async (database: string, options: BusyOptions & RunOptions) => {
    const input = { database, ...given({ whenBusy: options.whenBusy, waitAtMost: options.waitAtMost }) };
    await startAndWatch(
      new Session(context, command),
      'disablePointInTimeRecovery',
      input,
      options,
      (result) => `disabled  ${result.database}  schedule ${result.scheduleId} is deleted`,
    );
  });
}
