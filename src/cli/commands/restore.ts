import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RestoreDatabaseInput, RestoreDatabaseResult } from '../../contract';
import { isBackupId } from '../../contract/names';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import type { BusyOptions } from '../run/busy-options';
import { limitsOf, withLimitOptions, type LimitOptions } from '../run/limit-options';
import { given } from '../../objects/given';
import { startAndWatch, withRunOptions, type RunOptions } from '../run/run-command';
import { Session, type CommandContext } from '../core/session';
import { countText } from '../../objects/texts';

interface Options extends LimitOptions, BusyOptions, RunOptions {
  as?: string;
  before?: string;
  to?: string;
  table?: string[];
  renameTable?: Record<string, string>;
  fromCluster?: string;
  manifestSha256?: string;
  verify?: 'objects' | 'counts' | 'full';
  roles?: 'require' | 'create' | 'skip';
  accept?: string[];
  tablespaces?: 'require' | 'skip';
}

/** `kalpa restore <backup>`. */
export function restoreCommand(context: CommandContext): Command {
  const command = defineCommand('restore', 'Restore a backup as a database that does not exist yet.', {
    examples: ['kalpa restore ysql.orders --as orders_copy', 'kalpa restore ysql.orders-20261122T020007Z-3fa9c1'],
    exits: RUN_EXITS,
  })
    .argument('<backup>', 'a backup id, or ysql.<database> or ycql.<keyspace> for its newest backup')
    .option('--as <name>', 'the new, bare name (default: the original name)')
    .option('--table <names...>', 'of a keyspace: only these tables, with their indexes')
    .option('--rename-table <name=new...>', 'of a keyspace: new names of tables or indexes', newTableName)
    .option('--before <instant>', 'with a database: its newest backup before this moment')
    .option('--to <instant>', 'a moment inside the history of the backup')
    .option('--from-cluster <name>', 'the cluster that made the backup, if it is not this one')
    .option('--manifest-sha256 <hash>', 'only the backup with this manifest hash, signed or not: kalpa show prints it')
    .addOption(
      new Option('--verify <level>', 'how thoroughly to compare with the backup (default: counts)').choices([
        'objects',
        'counts',
        'full',
      ]),
    )
    .addOption(
      new Option('--roles <how>', 'what to do about missing roles (default: require)').choices([
        'require',
        'create',
        'skip',
      ]),
    )
    .addOption(
      new Option('--tablespaces <how>', 'what to do about missing tablespaces (default: require)').choices([
        'require',
        'skip',
      ]),
    )
    .option('--accept <sha256:line...>', 'run these refused statements anyway, as ContentRefused names them');
  withRunOptions(withLimitOptions(command));
  return command.action(async (backup: string, options: Options) => {
    const {
      as,
      table,
      renameTable: renameTables,
      before,
      to,
      fromCluster,
      manifestSha256,
      verify,
      roles,
      accept,
      tablespaces,
      whenBusy,
      waitAtMost,
    } = options;
    const input: RestoreDatabaseInput = {
      backup: isBackupId(backup) && before === undefined ? backup : { database: backup, ...given({ before }) },
      ...given({
        as,
        tables: table,
        renameTables,
        to,
        fromCluster,
        manifestSha256,
        verify,
        roles,
        accept,
        tablespaces,
        whenBusy,
        waitAtMost,
      }),
      ...limitsOf(options),
    };
    await startAndWatch(new Session(context, command), 'restoreDatabase', input, options, restoreText);
  });
}

/** `orders=orders_then`, repeated for each table. */
function newTableName(text: string, others: Record<string, string> = {}): Record<string, string> {
  const [, name, newName] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || newName === undefined)
    throw new InvalidArgumentError('It must be the name of a table or index and its new name: orders=orders_then.');
  return { ...others, [name]: newName };
}

function restoreText({ database, backupId, verified, recoveryPoint }: RestoreDatabaseResult): string {
  const rows =
    verified.level === 'objects'
      ? 'objects compared'
      : `${countText(verified.rowsChecked)} rows in ${countText(verified.tablesChecked)} tables compared`;
  return `complete  ${database}  from ${backupId}  verified: ${verified.level}, ${rows}  recovery point ${recoveryPoint}`;
}
