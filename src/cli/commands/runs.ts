import { Option, type Command } from 'commander';
import type { ListedRun } from '../../client';
import { defineCommand } from '../core/define-command';
import { ListPrinter, type Column } from '../core/list-printer';
import { didYouMeanDatabase } from '../../contract/fields/nearest-name';
import { checkDatabaseArgument } from '../core/check-database-argument';
import { Session, type CommandContext } from '../core/session';
import { secondsText } from '../core/terminal-text';
import { wholeNumber } from '../core/whole-number';

/** `kalpa runs [database]`. */
export function runsCommand(context: CommandContext): Command {
  const command = defineCommand('runs', 'Show the operations that are running, newest first.', {
    examples: ['kalpa runs', 'kalpa runs ysql.orders --json'],
    exits: { 0: undefined, 1: undefined, 2: undefined, 4: undefined },
  })
    .argument('[database]', 'only those on ysql.<database> or ycql.<keyspace>')
    .addOption(new Option('--newest <n>', 'at most this many').argParser(wholeNumber).default(100));
  return command.action(async (database: string | undefined, { newest }: { newest: number }) => {
    const session = new Session(context, command);
    const { runs, more } = await session.withClient(async (client) => await client.runs(newest));
    const known = runs.flatMap((run) => run.database ?? []);
    if (database !== undefined) checkDatabaseArgument(database, known, ['ysql', 'ycql']);
    const shown = runs.filter((run) => database === undefined || run.database === database);
    if (session.json) {
      session.print({ runs: shown, more }, () => '');
      return;
    }
    const now = session.io.now().getTime();
    const printer = new ListPrinter(session, columns(shown, now));
    for (const run of shown) printer.print(run);
    if (shown.length === 0)
      session.printText(
        database === undefined
          ? 'Nothing runs.'
          : `No operation is running on ${database}.${didYouMeanDatabase(database, known)}`,
      );
    if (more) session.remark(`These are the newest ${newest}; there are others: --newest.`);
  });
}

function columns(runs: readonly ListedRun[], now: number): Column<ListedRun>[] {
  const widest = (of: (run: ListedRun) => string): number =>
    runs.reduce((width, run) => Math.max(width, of(run).length), 0);
  return [
    { title: 'RUN', width: widest(({ workflowId }) => workflowId), of: ({ workflowId }) => workflowId },
    { title: 'PHASE', width: 9, of: ({ phase = '' }) => phase },
    {
      title: 'FOR',
      width: 8,
      of: ({ startedAt }) => secondsText(Math.max(0, Math.round((now - Date.parse(startedAt)) / 1000))),
    },
    { title: 'OPERATION', width: widest(({ operation }) => operation), of: ({ operation }) => operation, more: true },
    {
      title: 'DATABASE',
      width: widest(({ database = '' }) => database),
      of: ({ database = '' }) => database,
      more: true,
    },
    { title: 'STARTED BY', of: ({ startedBy = '' }) => startedBy, more: true },
  ];
}
