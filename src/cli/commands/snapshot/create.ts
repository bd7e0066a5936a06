import type { Command } from 'commander';
import type { CreateSnapshotResult } from '../../../contract';
import { withBusyOptions, type BusyOptions } from '../../run/busy-options';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { given } from '../../../objects/given';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';
import { Session, type CommandContext } from '../../core/session';

interface Options extends BusyOptions, RunOptions {
  table?: string[];
  keepFor?: string;
}

/** `kalpa snapshot create <database>`. */
export function createSnapshotCommand(context: CommandContext): Command {
  const command = defineCommand('create', 'Take a snapshot inside the cluster.', {
    examples: ['kalpa snapshot create ysql.orders', 'kalpa snapshot create ysql.orders --keep-for "2 days"'],
    exits: RUN_EXITS,
  })
    .argument('<database>', 'ysql.<database> or ycql.<keyspace>')
    .option('--table <names...>', 'of a keyspace: only these tables, with their indexes')
    .option('--keep-for <duration>', 'delete it automatically after this long (default: never)');
  withRunOptions(withBusyOptions(command));
  return command.action(async (database: string, options: Options) => {
    const { table, keepFor, whenBusy, waitAtMost } = options;
    const input = { database, ...given({ tables: table, keepFor, whenBusy, waitAtMost }) };
    await startAndWatch(new Session(context, command), 'createSnapshot', input, options, createdText);
  });
}

const createdText = ({ snapshotId, database, createdAt, expiresAt }: CreateSnapshotResult): string =>
  `complete  ${snapshotId}  ${database} as of ${createdAt}  ${expiresAt === undefined ? 'kept until it is deleted' : `deleted at ${expiresAt}`}`;
