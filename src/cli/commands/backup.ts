import { Option, type Command } from 'commander';
import type { BackUpDatabaseInput, BackUpDatabaseResult } from '../../contract';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import type { BusyOptions } from '../run/busy-options';
import { limitsOf, withLimitOptions, type LimitOptions } from '../run/limit-options';
import { given } from '../../objects/given';
import { startAndWatch, withRunOptions, type RunOptions } from '../run/run-command';
import { Session, type CommandContext } from '../core/session';
import { bytesText, countText } from '../../objects/texts';

interface Options extends LimitOptions, BusyOptions, RunOptions {
  table?: string[];
  label?: string;
  keepFor?: string;
  incremental?: 'auto' | 'no';
  fingerprint?: 'none' | 'counts' | 'full';
}

/** `kalpa backup <database>`. */
export function backupCommand(context: CommandContext): Command {
  const command = defineCommand('backup', 'Back up one database to the repository.', {
    examples: ['kalpa backup ysql.orders', 'kalpa backup ycql.shop --table customers orders --detach'],
    exits: RUN_EXITS,
  })
    .argument('<database>', 'ysql.<database> or ycql.<keyspace>')
    .option('--table <names...>', 'of a keyspace: only these tables, with their indexes')
    .option('--label <label>', 'retention class, recorded with the backup')
    .option('--keep-for <duration>', 'how long to keep it, such as "30 days"; recorded with the backup')
    .addOption(
      new Option(
        '--incremental <how>',
        'auto (default): upload only files that no earlier backup holds; no: upload everything',
      ).choices(['auto', 'no']),
    )
    .addOption(
      new Option('--fingerprint <level>', 'what to record of the rows (default: counts)').choices([
        'none',
        'counts',
        'full',
      ]),
    );
  withRunOptions(withLimitOptions(command));
  return command.action(async (database: string, options: Options) => {
    const { table, label, keepFor, incremental, fingerprint, whenBusy, waitAtMost } = options;
    const input: BackUpDatabaseInput = {
      database,
      ...given({ tables: table, label, keepFor, incremental, fingerprint, whenBusy, waitAtMost }),
      ...limitsOf(options),
    };
    await startAndWatch(new Session(context, command), 'backUpDatabase', input, options, backupText);
  });
}

function backupText(result: BackUpDatabaseResult): string {
  const size = `${bytesText(result.bytes)} (${bytesText(result.uploadedBytes)} new)`;
  return `complete  ${result.backupId}  ${countText(result.tablets)} tablets  ${size}  recovery point ${result.recoveryPoint}`;
}
