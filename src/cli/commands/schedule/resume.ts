import type { Command } from 'commander';
import { defineCommand } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { SCHEDULE_EXITS, withSchedules } from './with-schedules';
import { scheduleText } from './schedule-text';

/** `kalpa schedule resume <id>`. */
export function resumeScheduleCommand(context: CommandContext): Command {
  const command = defineCommand('resume', 'Resume a paused schedule.', {
    examples: ['kalpa schedule resume backup/orders-prod/ysql.orders'],
    exits: SCHEDULE_EXITS,
  })
    .argument('<id>', 'as kalpa schedule list shows it')
    .option('--note <text>', 'shown in lists (default: its current note)');
  return command.action(async (id: string, { note }: { note?: string }) => {
    const session = new Session(context, command);
    const changed = await withSchedules(session, async (schedules) => await schedules.resume(id, note));
    session.print(changed, () => scheduleText('resumed', changed));
  });
}
