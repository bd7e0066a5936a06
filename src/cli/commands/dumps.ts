import { Option, type Command } from 'commander';
import type { DumpDetails, DumpEntry } from '../../repository';
import { defineCommand, READ_EXITS } from '../core/define-command';
import { ListPrinter, type Column } from '../core/list-printer';
import { didYouMeanDatabase } from '../../contract/nearest-name';
import { checkDatabaseArgument } from '../core/nearest';
import { withCatalogue } from '../core/open-catalogue';
import { Session, type CommandContext } from '../core/session';
import { bytesText, countText, secondsText } from '../core/terminal-text';
import { newestOption } from '../core/whole-number';

/** `kalpa dumps [database]`: read from the bucket, so it works without Temporal. */
export function dumpsCommand(context: CommandContext): Command {
  const command = defineCommand('dumps', 'List the logical dumps in the repository; needs no Temporal.', {
    examples: ['kalpa dumps', 'kalpa dumps ysql.orders --json'],
    exits: READ_EXITS,
  })
    .argument('[database]', 'only those of ysql.<database>, or of ysql, the whole cluster')
    .addOption(newestOption())
    .addOption(new Option('--cluster <name>', 'of another cluster in the same repository'));
  return command.action(
    async (database: string | undefined, { cluster, newest }: { cluster?: string; newest?: number }) => {
      const session = new Session(context, command);
      await withCatalogue(session, cluster, async (catalogue) => {
        const subjects = async (): Promise<string[]> => (await catalogue.dumps()).map(({ subject }) => subject);
        if (database !== undefined && !/^(ysql|ycql)(\..|$)/s.test(database))
          checkDatabaseArgument(database, await subjects());
        const all = await catalogue.dumps(database);
        const entries = newest === undefined ? all : all.slice(-newest);
        const dumps: DumpDetails[] = [];
        const printer = new ListPrinter(session, columns(entries));
        for await (const dump of catalogue.dumpDetails(entries)) {
          if (session.json) dumps.push(dump);
          else printer.print(dump);
        }
        if (session.json) session.print({ dumps }, () => '');
        else if (entries.length === 0) {
          const meant = database === undefined ? '' : didYouMeanDatabase(database, await subjects());
          session.say(`No dumps${database === undefined ? '' : ` of ${database}`} in ${catalogue.where}.${meant}`);
        }
      });
    },
  );
}

function columns(entries: readonly DumpEntry[]): Column<DumpDetails>[] {
  const idWidth = entries.reduce((width, { dumpId }) => Math.max(width, dumpId.length), 0);
  return [
    { title: 'DUMP', width: idWidth, of: ({ dumpId }) => dumpId },
    { title: 'STATE', width: 10, of: ({ state }) => state },
    { title: 'SIZE', width: 7, of: ({ bytes }) => (bytes === undefined ? '' : bytesText(bytes)) },
    { title: 'TOOK', width: 8, of: ({ durationSeconds: took }) => (took === undefined ? '' : secondsText(took)) },
    { title: 'ROWS', width: 12, of: ({ rows }) => (rows === undefined ? '' : countText(rows)), more: true },
    { title: 'OF', width: 12, of: ({ subject }) => subject, more: true },
    { title: 'STARTED', width: 20, of: ({ startedAt }) => startedAt, more: true },
    { title: 'STARTED BY', of: ({ startedBy = '' }) => startedBy, more: true },
    { title: 'PROBLEM', of: ({ problem = '' }) => problem, more: true },
  ];
}
