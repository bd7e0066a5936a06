import type { Command } from 'commander';
import type { DumpClusterInput, DumpClusterResult, DumpDatabaseInput, DumpDatabaseResult } from '../contract';
import { CommandError } from './command-error';
import { defineCommand, RUN_EXITS } from './define-command';
import { EXIT } from './exit-codes';
import { withBusyOptions, type BusyOptions } from './busy-options';
import { given } from './limit-options';
import { startAndWatch, withRunOptions, type RunOptions } from './run-command';
import { Session, type CommandContext } from './session';
import { bytesText, countText } from './terminal-text';

interface Options extends BusyOptions, RunOptions {
  schemaOnly?: true;
  dataOnly?: true;
  rolesOnly?: true;
  table?: string[];
}

/** `kalpa dump <database>`, and `kalpa dump ysql` for the whole cluster. */
export function dumpCommand(context: CommandContext): Command {
  const command = defineCommand('dump', 'Dump one database, or all of them, as SQL text to the repository.', {
    examples: ['kalpa dump ysql.orders', 'kalpa dump ysql.orders --schema-only', 'kalpa dump ysql --roles-only'],
    exits: RUN_EXITS,
  })
    .argument('<database>', 'ysql.<database>, or ysql for roles, tablespaces and every database')
    .option('--schema-only', 'everything but rows')
    .option('--data-only', 'rows and sequence values alone')
    .option('--roles-only', 'with ysql: roles alone, without passwords')
    .option('--table <names...>', 'only these tables, such as orders or sales.lines');
  withRunOptions(withBusyOptions(command));
  return command.action(async (database: string, options: Options) => {
    const { schemaOnly, dataOnly, rolesOnly, table, whenBusy, waitAtMost } = options;
    const session = new Session(context, command);
    if (database === 'ysql' || database === 'ycql') {
      if (dataOnly || table)
        throw new CommandError(
          'Usage',
          `--data-only and --table are for one database; ${database} is all of them.`,
          EXIT.usage,
        );
      const input = { api: database, ...given({ rolesOnly, schemaOnly, whenBusy, waitAtMost }) } as DumpClusterInput;
      await startAndWatch(session, 'dumpCluster', input, options, clusterText);
      return;
    }
    if (rolesOnly)
      throw new CommandError(
        'Usage',
        '--roles-only is for the whole cluster: kalpa dump ysql --roles-only.',
        EXIT.usage,
      );
    const input: DumpDatabaseInput = {
      database,
      ...given({ schemaOnly, dataOnly, tables: table, whenBusy, waitAtMost }),
    };
    await startAndWatch(session, 'dumpDatabase', input, options, databaseText);
  });
}

function databaseText({ dumpId, tables, rows, bytes }: DumpDatabaseResult): string {
  return `complete  ${dumpId}  ${countText(tables)} tables  ${countText(rows)} rows  ${bytesText(bytes)}`;
}

function clusterText({ dumpId, databases, rows, bytes }: DumpClusterResult): string {
  return `complete  ${dumpId}  ${countText(databases)} databases  ${countText(rows)} rows  ${bytesText(bytes)}`;
}
