import type { Command } from 'commander';
import { defineCommand } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { SCHEDULE_EXITS, withSchedules } from './with-schedules';
import { scheduleText } from './schedule-text';

/** `kalpa schedule pause <id>`. */
export function pauseScheduleCommand(context: CommandContext): Command {
  const command = defineCommand('pause', 'Start no runs until it is resumed; a run in progress continues.', {
    examples: ['kalpa schedule pause backup/orders-prod/ysql.orders'],
    exits: SCHEDULE_EXITS,
  })
    .argument('<id>', 'as kalpa schedule list shows it')
    .option('--note <text>', 'why (default: its current note)');
  return command.action(async (id: string, { note }: { note?: string }) => {
    const session = new Session(context, command);
    const changed = await withSchedules(session, async (schedules) => await schedules.pause(id, note));
    session.print(changed, () => scheduleText('paused', changed));
  });
}
