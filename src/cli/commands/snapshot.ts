import type { Command } from 'commander';
import { defineForegroundCommand, RUN_EXITS } from '../core/define-command';
import type { CommandContext } from '../core/session';
import { createSnapshotCommand } from './snapshot/create';
import { deleteSnapshotCommand } from './snapshot/delete';
import { listSnapshotsCommand } from './snapshot/list';
import { restoreSnapshotCommand } from './snapshot/restore';

/** `kalpa snapshot …`: snapshots that stay inside the cluster. */
export function snapshotCommand(context: CommandContext): Command {
  return defineForegroundCommand(
    'snapshot',
    'Snapshots that stay inside the cluster: taken in seconds, lost with it.',
    {
      examples: ['kalpa snapshot create ysql.orders --keep-for "2 days"', 'kalpa snapshot list'],
      exits: RUN_EXITS,
    },
  )
    .addCommand(createSnapshotCommand(context))
    .addCommand(listSnapshotsCommand(context))
    .addCommand(restoreSnapshotCommand(context))
    .addCommand(deleteSnapshotCommand(context));
}
