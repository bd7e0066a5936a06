import type { Command } from 'commander';
import { defineForegroundCommand } from '../core/define-command';
import { addScheduleCommand } from './schedule/add';
import { SCHEDULE_EXITS } from './schedule/with-schedules';
import { listSchedulesCommand } from './schedule/list';
import { pauseScheduleCommand } from './schedule/pause';
import { removeScheduleCommand } from './schedule/remove';
import { restoreSchedulesCommand } from './schedule/restore';
import { resumeScheduleCommand } from './schedule/resume';
import { triggerScheduleCommand } from './schedule/trigger';
import type { CommandContext } from '../core/session';

/** `kalpa schedule …`: Temporal schedules that start operations. */
export function scheduleCommand(context: CommandContext): Command {
  return defineForegroundCommand('schedule', 'Temporal schedules for backups, snapshots and dumps.', {
    examples: ['kalpa schedule add backup ysql.orders --cron "0 2 * * *"', 'kalpa schedule list'],
    exits: SCHEDULE_EXITS,
  })
    .addCommand(addScheduleCommand(context))
    .addCommand(listSchedulesCommand(context))
    .addCommand(pauseScheduleCommand(context))
    .addCommand(resumeScheduleCommand(context))
    .addCommand(triggerScheduleCommand(context))
    .addCommand(removeScheduleCommand(context))
    .addCommand(restoreSchedulesCommand(context));
}
