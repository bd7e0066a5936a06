import type { Command } from 'commander';
import { defineCommand } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { SCHEDULE_EXITS, withSchedules } from './with-schedules';

/** `kalpa schedule remove <id>`. */
export function removeScheduleCommand(context: CommandContext): Command {
  const command = defineCommand('remove', 'Remove a schedule; its runs and its backups stay.', {
    examples: ['kalpa schedule remove backup/orders-prod/ysql.orders'],
    exits: SCHEDULE_EXITS,
  }).argument('<id>', 'as kalpa schedule list shows it');
  return command.action(async (id: string) => {
    const session = new Session(context, command);
    await withSchedules(session, async (schedules) => await schedules.remove(id));
    session.print({ removed: id }, () => `removed  ${id}`);
  });
}
