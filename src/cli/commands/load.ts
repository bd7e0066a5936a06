import { Option, type Command } from 'commander';
import type { LoadDumpInput, LoadDumpResult } from '../../contract';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import { withBusyOptions, type BusyOptions } from '../run/busy-options';
import { given } from '../../objects/given';
import { startAndWatch, withRunOptions, type RunOptions } from '../run/run-command';
import { Session, type CommandContext } from '../core/session';
import { countText } from '../../objects/texts';

interface Options extends BusyOptions, RunOptions {
  as?: string;
  database?: string;
  fromCluster?: string;
  manifestSha256?: string;
  table?: string[];
  roles?: 'require' | 'skip';
  accept?: string[];
}

/** `kalpa load <dump>`. */
export function loadCommand(context: CommandContext): Command {
  const command = defineCommand('load', 'Load a dump as a database that does not exist yet.', {
    examples: ['kalpa load ysql.orders-dump-20261122T020007Z-3fa9c1 --as orders_copy'],
    exits: RUN_EXITS,
  })
    .argument('<dump>', 'a dump id, as kalpa dumps lists them')
    .option('--as <name>', 'the new, bare name (default: the original name)')
    .option('--database <database>', 'which database of a dump of the whole cluster')
    .option('--from-cluster <name>', 'the cluster that made the dump, if it is not this one')
    .option(
      '--manifest-sha256 <hash>',
      'only the dump with this manifest hash, signed or not: its run reported the hash',
    )
    .option('--table <names...>', 'only the rows of these tables')
    .addOption(
      new Option('--roles <how>', 'what to do about missing roles (default: require)').choices(['require', 'skip']),
    )
    .option('--accept <sha256:line...>', 'run these refused statements anyway, as ContentRefused names them');
  withRunOptions(withBusyOptions(command));
  return command.action(async (dump: string, options: Options) => {
    const { as, database, fromCluster, manifestSha256, table, roles, accept, whenBusy, waitAtMost } = options;
    const input: LoadDumpInput = {
      dump,
      ...given({ as, database, fromCluster, manifestSha256, tables: table, roles, accept, whenBusy, waitAtMost }),
    };
    await startAndWatch(new Session(context, command), 'loadDump', input, options, loadText);
  });
}

function loadText({ database, dumpId, tables, rows }: LoadDumpResult): string {
  return `complete  ${database}  from ${dumpId}  ${countText(rows)} rows in ${countText(tables)} tables compared`;
}
