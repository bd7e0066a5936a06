import { Option, type Command } from 'commander';

/** What to do when another operation holds the database. */
export interface BusyOptions {
  whenBusy?: 'fail' | 'wait';
  waitAtMost?: string;
}

/** Adds the options of every command whose run locks a database. */
export function withBusyOptions(command: Command): Command {
  return command
    .addOption(new Option('--when-busy <what>', 'if another operation holds the database').choices(['fail', 'wait']))
    .option('--wait-at-most <duration>', 'with --when-busy wait: for how long, such as "30m"');
}
