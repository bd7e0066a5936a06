import { Argument, type Command } from 'commander';
import type { NewSchedule, ScheduleWord } from '../../../contract';
import { schedulable } from '../../../contract/schedulable';
import { withBusyOptions, type BusyOptions } from '../../run/busy-options';
import { CommandError } from '../../core/command-error';
import { defineCommand } from '../../core/define-command';
import { EXIT } from '../../core/exit-codes';
import { given } from '../../../objects/given';
import { Session, type CommandContext } from '../../core/session';
import { SCHEDULE_EXITS, withSchedules } from './with-schedules';
import { scheduleText } from './schedule-text';

interface Options extends BusyOptions {
  cron?: string;
  every?: string;
  timeZone?: string;
  catchUp?: string;
  note?: string;
  id?: string;
  label?: string;
  keepFor?: string;
  input?: string;
  paused?: boolean;
  replace?: boolean;
}

/** `kalpa schedule add <what> <database>`. */
export function addScheduleCommand(context: CommandContext): Command {
  const command = defineCommand('add', 'Run an operation on a schedule.', {
    examples: [
      'kalpa schedule add backup ysql.orders --cron "0 2 * * *" --time-zone Europe/Berlin',
      'kalpa schedule add snapshot ysql.orders --every 6h --keep-for "2 days"',
      'kalpa schedule add dump-cluster ysql --cron "0 4 * * SUN" --input \'{"rolesOnly":true}\'',
    ],
    exits: SCHEDULE_EXITS,
  })
    .addArgument(new Argument('<what>', 'what to run').choices(Object.keys(schedulable)))
    .argument('[database]', 'ysql.<database>; with dump-cluster: ysql; with retain and scrub: all databases if omitted')
    .option('--cron <expression>', 'minute, hour, day of month, month, day of week: "0 2 * * *"')
    .option('--every <duration>', 'or a fixed interval: "6h" runs at 00, 06, 12 and 18 UTC')
    .option('--time-zone <name>', 'time zone of --cron, such as "Europe/Berlin" (default: UTC)')
    .option('--catch-up <duration>', 'how late a missed run may still start (default: 1 day)')
    .option('--note <text>', 'shown in lists and in the Temporal UI')
    .option('--id <id>', 'an id other than <what>/<cluster>/<database>')
    .option('--label <label>', 'of the backups')
    .option('--keep-for <duration>', 'how long to keep the backups or snapshots')
    .option('--input <json>', 'further input fields, as one JSON object')
    .option('--paused', 'create it paused: it does not run until it is resumed')
    .option('--replace', 'change the existing schedule of this id, if any');
  withBusyOptions(command);
  return command.action(async (word: ScheduleWord, subject: string | undefined, options: Options) => {
    const session = new Session(context, command);
    if (subject === undefined && !ALL_DATABASES_OPERATIONS.has(word))
      throw new CommandError(
        'Usage',
        `kalpa schedule add ${word}: name the database, ysql.<database> or ycql.<keyspace>.`,
        EXIT.usage,
      );
    const schedule = newSchedule(word, subject, options);
    const added = await withSchedules(
      session,
      async (schedules) => await schedules.add(schedule, { replace: options.replace ?? false }),
    );
    session.print(added, () => scheduleText('scheduled', added));
  });
}

/** What may apply to every database. */
const ALL_DATABASES_OPERATIONS: ReadonlySet<ScheduleWord> = new Set(['retain', 'scrub']);

function newSchedule(word: ScheduleWord, subject: string | undefined, options: Options): NewSchedule {
  const { cron, every, timeZone, catchUp, note, id, label, keepFor, paused, whenBusy, waitAtMost } = options;
  const input = {
    ...(word === 'dump-cluster' ? { api: subject } : given({ database: subject })),
    ...given({ label, keepFor, whenBusy, waitAtMost }),
    ...jsonInput(options.input),
  };
  // The operation's own schema checks the input before anything is sent.
  return {
    operation: schedulable[word],
    input,
    ...given({ scheduleId: id, cron, every, timeZone, catchUp, note, paused }),
  } as NewSchedule;
}

function jsonInput(text: string | undefined): object {
  if (text === undefined) return {};
  const value = parsed(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new CommandError(
    'Usage',
    `--input ${text}: it must be one JSON object such as '{"label":"weekly"}'.`,
    EXIT.usage,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
