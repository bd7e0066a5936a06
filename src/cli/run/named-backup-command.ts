import type { Command } from 'commander';
import type { OperationName, OperationTypes } from '../../contract';
import { commandLine } from '../core/command-line';
import { confirmLoss } from '../core/confirm';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import { Session, type CommandContext } from '../core/session';
import { startAndWatch, withRunOptions, type RunOptions } from './run-command';

type NamedBackupOperation = OperationName & ('deleteBackup' | 'undeleteBackup' | 'holdBackup' | 'releaseBackup');

interface NamedBackupCommand<O extends NamedBackupOperation> {
  name: string;
  description: string;
  operation: O;
  exampleReason: string;
  /** What is lost by it; if given, it is confirmed first. */
  lost?: (backup: string) => string;
  done: (result: OperationTypes[O]['result']) => string;
}

interface Options extends RunOptions {
  reason: string;
  yes?: boolean;
}

/** A command on one backup or dump that requires a reason. */
export function namedBackupCommand<O extends NamedBackupOperation>(
  context: CommandContext,
  { name, description, operation, exampleReason, lost, done }: NamedBackupCommand<O>,
): Command {
  const id = 'ysql.orders-20261122T020007Z-3fa9c1';
  const command = defineCommand(name, description, {
    examples: [`kalpa ${name} ${id} --reason "${exampleReason}"`],
    exits: RUN_EXITS,
  })
    .argument('<backup>', 'id of a backup or dump: kalpa backups, kalpa dumps')
    .requiredOption('--reason <text>', 'why; recorded permanently, with your name');
  if (lost) command.option('--yes', 'do not ask');
  withRunOptions(command);
  return command.action(async (backup: string, options: Options) => {
    const session = new Session(context, command);
    if (lost && !options.yes)
      await confirmLoss(session, {
        lost: lost(backup),
        word: 'yes',
        next: commandLine(command, { more: ['--yes'] }),
      });
    await startAndWatch(session, operation, { backup, reason: options.reason } as never, options, done as never);
  });
}
