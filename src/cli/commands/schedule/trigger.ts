import type { Command } from 'commander';
import { defineCommand } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { startedText } from '../../run/run-command';
import { SCHEDULE_EXITS, withSchedules } from './with-schedules';

/** `kalpa schedule trigger <id>`. */
export function triggerScheduleCommand(context: CommandContext): Command {
  const command = defineCommand('trigger', 'Start a run now, even if paused, and print its id.', {
    examples: ['kalpa schedule trigger backup/orders-prod/ysql.orders'],
    exits: SCHEDULE_EXITS,
  }).argument('<id>', 'as kalpa schedule list shows it');
  return command.action(async (id: string) => {
    const session = new Session(context, command);
    const run = await withSchedules(session, async (schedules) => await schedules.trigger(id));
    session.print(run, () => startedText(run));
  });
}
