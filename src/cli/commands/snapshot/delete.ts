import type { Command } from 'commander';
import { withBusyOptions, type BusyOptions } from '../../run/busy-options';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { given } from '../../run/limit-options';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';
import { Session, type CommandContext } from '../../core/session';

/** `kalpa snapshot delete <snapshot>`. */
export function deleteSnapshotCommand(context: CommandContext): Command {
  const command = defineCommand('delete', 'Delete a snapshot that `kalpa snapshot create` made.', {
    examples: ['kalpa snapshot delete 0d4b4935-2c95-4523-95ab-9ead1e95e794'],
    exits: RUN_EXITS,
  }).argument('<snapshot>', 'its id: kalpa snapshot list');
  withRunOptions(withBusyOptions(command));
  return command.action(async (snapshotId: string, options: BusyOptions & RunOptions) => {
    const input = { snapshotId, ...given({ whenBusy: options.whenBusy, waitAtMost: options.waitAtMost }) };
    await startAndWatch(
      new Session(context, command),
      'deleteSnapshot',
      input,
      options,
      (result) => `deleted  ${result.snapshotId}`,
    );
  });
}
