import { InvalidArgumentError, type Command } from 'commander';
import type {
  CopyOptions,
  DumpClusterInput,
  DumpClusterResult,
  DumpDatabaseInput,
  DumpDatabaseResult,
} from '../../contract';
import { isApi } from '../../contract/fields/languages';
import { CommandError } from '../core/command-error';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import { EXIT } from '../core/exit-codes';
import { withBusyOptions, type BusyOptions } from '../run/busy-options';
import { given } from '../../objects/given';
import { startAndWatch, withRunOptions, type RunOptions } from '../run/run-command';
import { Session, type CommandContext } from '../core/session';
import { bytesText, countText } from '../../objects/texts';

interface Options extends BusyOptions, RunOptions {
  schemaOnly?: true;
  dataOnly?: true;
  rolesOnly?: true;
  table?: string[];
  copyOption?: CopyOptions;
}

/** `kalpa dump <database>`, and `kalpa dump ysql` for the whole cluster. */
export function dumpCommand(context: CommandContext): Command {
  const command = defineCommand(
    'dump',
    'Dump one database, or all of them, as SQL text (YCQL: CQL and CSV) to the repository.',
    {
      examples: [
        'kalpa dump ysql.orders',
        'kalpa dump ysql.orders --schema-only',
        'kalpa dump ysql --roles-only',
        'kalpa dump ycql.shop --copy-option PAGESIZE=500',
      ],
      exits: RUN_EXITS,
    },
  )
    .argument('<database>', 'ysql.<database>, ycql.<keyspace>, or ysql or ycql for all of them')
    .option('--schema-only', 'everything but rows')
    .option('--data-only', 'only rows and sequence values')
    .option('--roles-only', 'with ysql: only roles, without passwords')
    .option('--table <names...>', 'only these tables, such as orders or sales.lines')
    .option('--copy-option <name=value...>', 'YCQL: options of COPY, such as NULL=\\N', copyOption);
  withRunOptions(withBusyOptions(command));
  return command.action(async (database: string, options: Options) => {
    const { schemaOnly, dataOnly, rolesOnly, table, copyOption: copyOptions, whenBusy, waitAtMost } = options;
    const session = new Session(context, command);
    if (isApi(database)) {
      if (dataOnly || table || copyOptions)
        throw new CommandError(
          'Usage',
          `--data-only, --table and --copy-option are for one database; ${database} is all of them.`,
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
      ...given({ schemaOnly, dataOnly, tables: table, copyOptions, whenBusy, waitAtMost }),
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

/** `NAME=value`, repeatable; the contract says which names are allowed. */
function copyOption(text: string, others: CopyOptions = {}): CopyOptions {
  const [, name = '', value = ''] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('It must be NAME=value, such as PAGESIZE=500.');
  const meant = /^\d+$/.test(value) ? Number(value) : value === 'TRUE' || value === 'true' ? true : value;
  return { ...others, [name.toUpperCase()]: meant };
}
