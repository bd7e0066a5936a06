import { Option, type Command } from 'commander';
import type { BackupDetails, BackupEntry } from '../../repository';
import { defineCommand, READ_EXITS } from '../core/define-command';
import { ListPrinter, type Column } from '../core/list-printer';
import { didYouMeanDatabase } from '../../contract/nearest-name';
import { checkDatabaseArgument } from '../core/nearest';
import { withCatalogue } from '../core/open-catalogue';
import { Session, type CommandContext } from '../core/session';
import { bytesText, secondsText } from '../core/terminal-text';
import { newestOption } from '../core/whole-number';

/** `kalpa backups [database]`: read from the bucket, so it works without Temporal. */
export function backupsCommand(context: CommandContext): Command {
  const command = defineCommand('backups', 'List the backups in the repository; needs no Temporal.', {
    examples: ['kalpa backups', 'kalpa backups ysql.orders --newest 20', 'kalpa backups ysql.orders --json'],
    exits: READ_EXITS,
  })
    .argument('[database]', 'only those of ysql.<database> or ycql.<keyspace>')
    .addOption(newestOption())
    .addOption(new Option('--cluster <name>', 'of another cluster in the same repository'));
  return command.action(
    async (database: string | undefined, { cluster, newest }: { cluster?: string; newest?: number }) => {
      const session = new Session(context, command);
      await withCatalogue(session, cluster, async (catalogue) => {
        const databases = async (): Promise<string[]> => (await catalogue.list()).map((backup) => backup.database);
        if (database !== undefined && !isWhole(database)) checkDatabaseArgument(database, await databases());
        const all = await catalogue.list(database);
        const entries = newest === undefined ? all : all.slice(-newest);
        const backups: BackupDetails[] = [];
        const printer = new ListPrinter(session, columns(entries));
        for await (const backup of catalogue.details(entries)) {
          if (session.json) backups.push(backup);
          else printer.print(backup);
        }
        if (session.json) session.print({ backups }, () => '');
        else if (entries.length === 0) {
          const meant = database === undefined ? '' : didYouMeanDatabase(database, await databases());
          session.say(`No backups${database === undefined ? '' : ` of ${database}`} in ${catalogue.where}.${meant}`);
        }
      });
    },
  );
}

const isWhole = (database: string): boolean => /^(ysql|ycql)\../s.test(database);

function columns(entries: readonly BackupEntry[]): Column<BackupDetails>[] {
  const widest = (of: (entry: BackupEntry) => string): number =>
    entries.reduce((width, entry) => Math.max(width, of(entry).length), 0);
  return [
    { title: 'BACKUP', width: widest(({ backupId }) => backupId), of: ({ backupId }) => backupId },
    { title: 'STATE', width: 10, of: ({ state }) => state },
    { title: 'SIZE', width: 7, of: ({ bytes }) => (bytes === undefined ? '' : bytesText(bytes)) },
    { title: 'TOOK', width: 8, of: ({ durationSeconds: took }) => (took === undefined ? '' : secondsText(took)) },
    { title: 'RECOVERY POINT', width: 27, of: ({ recoveryPoint = '' }) => recoveryPoint, more: true },
    { title: 'DATABASE', width: widest(({ database }) => database), of: ({ database }) => database, more: true },
    { title: 'STARTED', width: 20, of: ({ startedAt }) => startedAt, more: true },
    { title: 'VERIFIED', width: 20, of: ({ verified }) => verifiedText(verified), more: true },
    { title: 'LABEL', width: 8, of: ({ label = '' }) => label, more: true },
    { title: 'KEEP FOR', width: 8, of: ({ keepFor = '' }) => keepFor, more: true },
    { title: 'STARTED BY', of: ({ startedBy = '' }) => startedBy, more: true },
    { title: 'PROBLEM', of: ({ problem = '' }) => problem, more: true },
  ];
}

/** How deep, how it ended, and when: `full 2026-11-23`. */
export function verifiedText(verified: BackupEntry['verified']): string {
  if (!verified) return '';
  return `${verified.level}${verified.ok ? '' : ' FAILED'} ${verified.at.slice(0, 10)}`;
}
