import type { Command } from 'commander';
import { defineCommand } from '../../core/define-command';
import { Session, type CommandContext } from '../../core/session';
import { onOneLine } from '../../core/sanitized-output';
import { SCHEDULE_EXITS, withSchedules } from './with-schedules';

/** `kalpa schedule restore`. */
export function restoreSchedulesCommand(context: CommandContext): Command {
  const command = defineCommand('restore', 'Recreate the recorded schedules that are missing in Temporal.', {
    examples: ['kalpa schedule restore'],
    exits: SCHEDULE_EXITS,
  });
  return command.action(async () => {
    const session = new Session(context, command);
    const done = await withSchedules(session, async (schedules) => await schedules.restore());
    session.print(
      done,
      () =>
        [
          ...done.restored.map((id) => `restored  ${onOneLine(id)}`),
          ...done.present.map((id) => `present   ${onOneLine(id)}`),
        ].join('\n') || 'No schedules are recorded.',
    );
  });
}
