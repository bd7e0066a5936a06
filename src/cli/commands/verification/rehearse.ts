import { Option, type Command } from 'commander';
import type { RehearseRestoreInput, RehearseRestoreResult } from '../../../contract';
import { given } from '../../../objects/given';
import { countText } from '../../../objects/texts';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { secondsText } from '../../core/terminal-text';
import type { BusyOptions } from '../../run/busy-options';
import { limitsOf, withLimitOptions, type LimitOptions } from '../../run/limit-options';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';

interface Options extends LimitOptions, BusyOptions, RunOptions {
  backup?: string;
  to?: string;
  verify?: 'objects' | 'counts' | 'full';
  keep?: true;
  roles?: 'require' | 'skip';
  tablespaces?: 'require' | 'skip';
  accept?: string[];
}

/** `kalpa rehearse <database>`. */
export function rehearseCommand(context: CommandContext): Command {
  const command = defineCommand(
    'rehearse',
    'Prove a backup: restore it to a scratch database, compare it, time it, drop it.',
    {
      examples: [
        'kalpa rehearse ysql.orders',
        'kalpa rehearse ysql.orders --to random',
        'kalpa rehearse ysql.orders --backup ysql.orders-20261122T020007Z-3fa9c1 --keep',
      ],
      exits: RUN_EXITS,
    },
  )
    .argument('<database>', 'ysql.<database>')
    .option('--backup <id>', 'this backup (default: a complete one at random)')
    .option('--to <instant>', 'a moment inside the history of a backup, or "random"')
    .addOption(
      new Option('--verify <level>', 'how thoroughly to compare with the backup (default: counts)').choices([
        'objects',
        'counts',
        'full',
      ]),
    )
    .option('--keep', 'keep the restored database, and print its name')
    .addOption(
      new Option('--roles <how>', 'what to do about missing roles (default: require)').choices(['require', 'skip']),
    )
    .addOption(
      new Option('--tablespaces <how>', 'what to do about missing tablespaces (default: require)').choices([
        'require',
        'skip',
      ]),
    )
    .option('--accept <sha256:line...>', 'run these refused statements anyway, as ContentRefused names them');
  withRunOptions(withLimitOptions(command));
  return command.action(async (database: string, options: Options) => {
    const { backup, to, verify, keep, roles, tablespaces, accept, whenBusy, waitAtMost } = options;
    const input: RehearseRestoreInput = {
      database,
      ...given({ backup, to, verify, keep, roles, tablespaces, accept, whenBusy, waitAtMost }),
      ...limitsOf(options),
    };
    await startAndWatch(new Session(context, command), 'rehearseRestore', input, options, rehearsalText);
  });
}

function rehearsalText(proof: RehearseRestoreResult): string {
  const { backupId, recoveryPoint, level, rowsChecked, tablesChecked, recoveryTimeSeconds, phases, keptAs } = proof;
  const rows =
    level === 'objects'
      ? 'objects compared'
      : `${countText(rowsChecked)} rows in ${countText(tablesChecked)} tables compared`;
  const times = phases.map(({ phase, seconds }) => `${phase} ${secondsText(seconds)}`).join(', ');
  return [
    `proved  ${backupId}  verified: ${level}, ${rows}  recovery point ${recoveryPoint}`,
    `recovery time ${secondsText(recoveryTimeSeconds)} (${times})`,
    keptAs === undefined ? 'the scratch database was dropped' : `kept as ${keptAs}; drop it when you are done`,
  ].join('\n');
}
