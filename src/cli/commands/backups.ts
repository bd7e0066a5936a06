import { Option, type Command } from 'commander';
import { defineCommand, READ_EXITS } from '../core/define-command';
import { withCatalogue } from '../core/open-catalogue';
import { Session, type CommandContext } from '../core/session';
import { tableText } from '../core/terminal-text';

/** `kalpa backups [database]`: read from the bucket, so it works without Temporal. */
export function backupsCommand(context: CommandContext): Command {
  const command = defineCommand('backups', 'List the backups in the repository; needs no Temporal.', {
    examples: ['kalpa backups', 'kalpa backups ysql.orders --json'],
    exits: READ_EXITS,
  })
    .argument('[database]', 'only those of ysql.<database> or ycql.<keyspace>')
    .addOption(new Option('--cluster <name>', 'of another cluster in the same repository'));
  return command.action(async (database: string | undefined, { cluster }: { cluster?: string }) => {
    const session = new Session(context, command);
    await withCatalogue(session, cluster, async (catalogue) => {
      const backups = await catalogue.list(database);
      session.print({ backups }, () =>
        backups.length === 0
          ? `No backups${database === undefined ? '' : ` of ${database}`} in ${catalogue.where}.`
          : tableText(
              ['BACKUP', 'DATABASE', 'STATE', 'STARTED'],
              backups.map((backup) => [backup.backupId, backup.database, backup.state, backup.startedAt]),
            ),
      );
    });
  });
}
