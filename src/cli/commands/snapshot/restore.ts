import type { Command } from 'commander';
import type { RestoreSnapshotResult } from '../../../contract';
import { commandLine } from '../../core/command-line';
import { confirmLoss } from '../../core/confirm';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { withBusyOptions, type BusyOptions } from '../../run/busy-options';
import { given } from '../../../objects/given';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';
import { findSnapshot, takenAtText } from '../../run/find-snapshot';

interface Options extends BusyOptions, RunOptions {
  yes?: string;
  to?: string;
}

/** `kalpa snapshot restore <snapshot>`. */
export function restoreSnapshotCommand(context: CommandContext): Command {
  const command = defineCommand('restore', 'Restore a database in place from a snapshot inside the cluster.', {
    examples: [
      'kalpa snapshot restore 0d4b4935-2c95-4523-95ab-9ead1e95e794',
      'kalpa snapshot restore 0d4b4935-2c95-4523-95ab-9ead1e95e794 --yes ysql.orders',
    ],
    exits: RUN_EXITS,
  })
    .argument('<snapshot>', 'its id: kalpa snapshot list')
    .option('--yes <database>', 'the database, to confirm without being asked: everything written to it since is lost')
    .option('--to <instant>', "a moment inside the snapshot's history");
  withRunOptions(withBusyOptions(command));
  return command.action(async (snapshotId: string, options: Options) => {
    const { yes, to, whenBusy, waitAtMost } = options;
    const session = new Session(context, command);
    const confirm = yes ?? (await confirmed(session, command, snapshotId, to));
    const input = { snapshotId, confirm, ...given({ to, whenBusy, waitAtMost }) };
    await startAndWatch(session, 'restoreSnapshot', input, options, restoredText);
  });
}

/** The database of the snapshot, after someone has confirmed by typing its name. */
async function confirmed(session: Session, command: Command, snapshotId: string, to?: string): Promise<string> {
  const found = await findSnapshot(session, snapshotId);
  const moment = to ?? found.createdAt ?? 'its moment';
  await confirmLoss(session, {
    lost: `Restoring snapshot ${snapshotId}, ${takenAtText(found)}, reverts ${found.database} in place to ${moment}: everything written to it since is permanently lost.`,
    word: found.database,
    next: commandLine(command, { more: ['--yes', found.database] }),
    type: 'DataLossNotConfirmed',
    details: [found],
  });
  return found.database;
}

const restoredText = ({ database, restoredTo, restorationId }: RestoreSnapshotResult): string =>
  `complete  ${database}  recovery point ${restoredTo}  restoration ${restorationId}`;
