import type { Command } from 'commander';
import { withBusyOptions, type BusyOptions } from '../../run/busy-options';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { given } from '../../run/limit-options';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';
import { Session, type CommandContext } from '../../core/session';

interface Options extends BusyOptions, RunOptions {
  every: string;
  keep: string;
}

/** `kalpa pitr enable <database>`. */
export function enablePitrCommand(context: CommandContext): Command {
  const command = defineCommand('enable', 'Have the cluster keep the history of a database.', {
    examples: ['kalpa pitr enable ysql.orders --every 1h --keep "7 days"'],
    exits: RUN_EXITS,
  })
    .argument('<database>', 'ysql.<database>')
    .requiredOption('--every <duration>', 'how often a snapshot is taken, in whole minutes: "1h"')
    .requiredOption('--keep <duration>', 'how far back a moment may lie: "7 days"');
  withRunOptions(withBusyOptions(command));
  return command.action(async (database: string, options: Options) => {
    const { every, keep, whenBusy, waitAtMost } = options;
    const input = { database, every, keep, ...given({ whenBusy, waitAtMost }) };
    await startAndWatch(
      new Session(context, command),
      'enablePointInTimeRecovery',
      input,
      options,
      (result) =>
        `enabled  ${result.database}  every ${result.every}, ${result.keep} back  schedule ${result.scheduleId}`,
    );
  });
}
