import type { Command } from 'commander';
import { defineCommand } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { SCHEDULE_EXITS, withSchedules } from './with-schedules';
import { didYouMeanDatabase } from '../../../contract/fields/nearest-name';
import { checkDatabaseArgument } from '../../core/check-database-argument';
import { printSchedules } from './schedule-text';

/** `kalpa schedule list [database]`. */
export function listSchedulesCommand(context: CommandContext): Command {
  const command = defineCommand(
    'list',
    'List the schedules: those in Temporal, and those recorded but missing there.',
    {
      examples: ['kalpa schedule list', 'kalpa schedule list ysql.orders --json'],
      exits: SCHEDULE_EXITS,
    },
  ).argument('[database]', 'only those of ysql.<database>');
  return command.action(async (database: string | undefined) => {
    const session = new Session(context, command);
    const all = await withSchedules(session, async (schedules) => await schedules.list(), { onlyReads: true });
    if (database !== undefined)
      checkDatabaseArgument(
        database,
        all.flatMap((one) => one.database ?? []),
      );
    const shown = all.filter((one) => database === undefined || one.database === database);
    if (session.json) session.print({ schedules: shown }, () => '');
    else printSchedules(session, shown);
    if (shown.length === 0) {
      const meant =
        database === undefined
          ? ''
          : didYouMeanDatabase(
              database,
              all.flatMap((one) => one.database ?? []),
            );
      session.printText(`No schedules${database === undefined ? '' : ` of ${database}`}.${meant}`);
    }
    const missing = shown.filter(({ state }) => state === 'missing').length;
    if (missing > 0)
      session.remark(
        `${missing} recorded in the repository and missing in Temporal: kalpa schedule restore creates them again.`,
      );
  });
}
