import { Option, type Command } from 'commander';
import { defineCommand, READ_EXITS } from '../core/define-command';
import { withCatalogue } from '../core/open-catalogue';
import { Session, type CommandContext } from '../core/session';
import { tableText } from '../core/terminal-text';

/** `kalpa dumps [database]`: read from the bucket, so it works without Temporal. */
export function dumpsCommand(context: CommandContext): Command {
  const command = defineCommand('dumps', 'List the logical dumps in the repository; needs no Temporal.', {
    examples: ['kalpa dumps', 'kalpa dumps ysql.orders --json'],
    exits: READ_EXITS,
  })
    .argument('[database]', 'only those of ysql.<database>, or of ysql, the whole cluster')
    .addOption(new Option('--cluster <name>', 'of another cluster in the same repository'));
  return command.action(async (database: string | undefined, { cluster }: { cluster?: string }) => {
    const session = new Session(context, command);
    await withCatalogue(session, cluster, async (catalogue) => {
      const dumps = await catalogue.dumps(database);
      session.print({ dumps }, () =>
        dumps.length === 0
          ? `No dumps${database === undefined ? '' : ` of ${database}`} in ${catalogue.where}.`
          : tableText(
              ['DUMP', 'OF', 'STATE', 'STARTED'],
              dumps.map((dump) => [dump.dumpId, dump.subject, dump.state, dump.startedAt]),
            ),
      );
    });
  });
}
