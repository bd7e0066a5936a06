import type { Command } from 'commander';
import type { InspectClusterResult } from '../../../contract';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { ListPrinter, type Column } from '../../core/list-printer';
import { checkListedDatabase } from '../../core/check-database-argument';
import { inspectCluster } from '../../run/inspect-run';
import { Session, type CommandContext } from '../../core/session';
import { fitToContents } from '../../core/table';

/** `kalpa snapshot list [database]`. */
export function listSnapshotsCommand(context: CommandContext): Command {
  const command = defineCommand('list', 'List the snapshots inside the cluster, and who made each.', {
    examples: ['kalpa snapshot list', 'kalpa snapshot list ysql.orders --json'],
    exits: RUN_EXITS,
  }).argument('[database]', 'only those of ysql.<database>');
  return command.action(async (database: string | undefined) => {
    const session = new Session(context, command);
    const { snapshots = [], databases } = await inspectCluster(session);
    checkListedDatabase(database, databases);
    const shown = snapshots.filter((one) => database === undefined || one.database === database);
    if (session.json) session.print({ snapshots: shown }, () => '');
    else if (shown.length === 0)
      session.printText(`No snapshots${database === undefined ? '' : ` of ${database}`} inside the cluster.`);
    const printer = new ListPrinter(session, fitToContents(shown, COLUMNS));
    for (const one of shown) printer.print(one);
  });
}

type Snapshot = NonNullable<InspectClusterResult['snapshots']>[number];

const COLUMNS: Column<Snapshot>[] = [
  { title: 'SNAPSHOT', of: ({ snapshotId }) => snapshotId },
  { title: 'DATABASE', of: ({ database }) => database, more: true },
  { title: 'STATE', of: ({ state }) => state },
  { title: 'TAKEN', of: ({ createdAt = '' }) => createdAt },
  { title: 'MADE BY', of: ({ madeBy }) => madeBy, more: true },
];
