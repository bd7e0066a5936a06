import type { Command } from 'commander';
import { commandLine } from '../../core/command-line';
import { confirmLoss } from '../../core/confirm';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { withBusyOptions, type BusyOptions } from '../../run/busy-options';
import { given } from '../../../objects/given';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';
import { findSnapshot, takenAtText } from '../../run/find-snapshot';

interface Options extends BusyOptions, RunOptions {
  yes?: boolean;
}

/** `kalpa snapshot delete <snapshot>`. */
export function deleteSnapshotCommand(context: CommandContext): Command {
  const command = defineCommand('delete', 'Delete a snapshot that `kalpa snapshot create` made.', {
    examples: [
      'kalpa snapshot delete 0d4b4935-2c95-4523-95ab-9ead1e95e794',
      'kalpa snapshot delete 0d4b4935-2c95-4523-95ab-9ead1e95e794 --yes',
    ],
    exits: RUN_EXITS,
  })
    .argument('<snapshot>', 'its id: kalpa snapshot list')
    .option('--yes', 'do not ask: its contents are permanently lost');
  withRunOptions(withBusyOptions(command));
  return command.action(async (snapshotId: string, options: Options) => {
    const session = new Session(context, command);
    const input = { snapshotId, ...given({ whenBusy: options.whenBusy, waitAtMost: options.waitAtMost }) };
    if (!options.yes) {
      const found = await findSnapshot(session, snapshotId);
      await confirmLoss(session, {
        lost: `Deleting snapshot ${snapshotId} of ${found.database}, ${takenAtText(found)}: the database can't be restored to that moment with it any more.`,
        word: 'yes',
        next: commandLine(command, { more: ['--yes'] }),
        details: [found],
      });
    }
    await startAndWatch(session, 'deleteSnapshot', input, options, (result) => `deleted  ${result.snapshotId}`);
  });
}
