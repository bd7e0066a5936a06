import type { Command } from 'commander';
import type { RestoreSnapshotResult } from '../../../contract';
import { withBusyOptions, type BusyOptions } from '../../run/busy-options';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { given } from '../../run/limit-options';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';
import { Session, type CommandContext } from '../../core/session';

interface Options extends BusyOptions, RunOptions {
  confirm: string;
  to?: string;
}

/** `kalpa snapshot restore <snapshot>`. */
export function restoreSnapshotCommand(context: CommandContext): Command {
  const command = defineCommand('restore', 'Put a database back, in place, to what a snapshot holds.', {
    examples: ['kalpa snapshot restore 0d4b4935-2c95-4523-95ab-9ead1e95e794 --confirm ysql.orders'],
    exits: RUN_EXITS,
  })
    .argument('<snapshot>', 'its id: kalpa snapshot list')
    .requiredOption('--confirm <database>', 'the database again: everything written to it since is lost')
    .option('--to <instant>', "a moment inside the snapshot's history");
  withRunOptions(withBusyOptions(command));
  return command.action(async (snapshotId: string, options: Options) => {
    const { confirm, to, whenBusy, waitAtMost } = options;
    const input = { snapshotId, confirm, ...given({ to, whenBusy, waitAtMost }) };
    await startAndWatch(new Session(context, command), 'restoreSnapshot', input, options, restoredText);
  });
}

const restoredText = ({ database, restoredTo, restorationId }: RestoreSnapshotResult): string =>
  `complete  ${database} holds ${restoredTo}  restoration ${restorationId}`;
