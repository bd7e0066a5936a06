import type { Command } from 'commander';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { inspectCluster } from '../../run/inspect-run';
import { Session, type CommandContext } from '../../core/session';
import { tableText } from '../../core/terminal-text';

/** `kalpa snapshot list [database]`. */
export function listSnapshotsCommand(context: CommandContext): Command {
  const command = defineCommand('list', 'List the snapshots inside the cluster, and who made each.', {
    examples: ['kalpa snapshot list', 'kalpa snapshot list ysql.orders --json'],
    exits: RUN_EXITS,
  }).argument('[database]', 'only those of ysql.<database>');
  return command.action(async (database: string | undefined) => {
    const session = new Session(context, command);
    const { snapshots = [] } = await inspectCluster(session);
    const shown = snapshots.filter((one) => database === undefined || one.database === database);
    session.print({ snapshots: shown }, () =>
      shown.length === 0
        ? `No snapshots${database === undefined ? '' : ` of ${database}`} inside the cluster.`
        : tableText(
            ['SNAPSHOT', 'DATABASE', 'STATE', 'TAKEN', 'MADE BY'],
            shown.map((one) => [one.snapshotId, one.database, one.state, one.createdAt ?? '', one.madeBy]),
          ),
    );
  });
}
