import { Option, type Command } from 'commander';
import type { Usage } from '../../../retention';
import { bytesText, countText } from '../../../objects/texts';
import { defineCommand, READ_EXITS } from '../../core/define-command';
import { widthOf } from '../../core/fit-text';
import { modules } from '../../core/modules';
import { withCatalogue } from '../../core/open-catalogue';
import { Session, type CommandContext } from '../../core/session';
import { fitToContents, Table, type Column } from '../../core/table';
import { freedText } from '../../run/backup-facts';

/** `kalpa usage [database]`: read from the bucket, so that it works without Temporal; data objects are not listed. */
export function usageCommand(context: CommandContext): Command {
  const command = defineCommand(
    'usage',
    'Show how much space backups and dumps take, by database and label; needs no Temporal.',
    {
      examples: ['kalpa usage', 'kalpa usage ysql.orders', 'kalpa usage --json'],
      exits: READ_EXITS,
    },
  )
    .argument('[database]', 'only backups and dumps of ysql.<database> or ycql.<keyspace>')
    .addOption(new Option('--cluster <name>', 'another cluster in the same repository'));
  return command.action(async (database: string | undefined, { cluster }: { cluster?: string }) => {
    const session = new Session(context, command);
    await withCatalogue(session, cluster, async (catalogue) => {
      const { holdings, unread } = await catalogue.holdings(database);
      const usage = modules.retention().usageOf(holdings);
      session.print({ ...usage, unread }, () => {
        const rows: Row[] = [...usage.groups, { ...usage.total, database: 'all' }];
        return [
          new Table(fitToContents(rows, COLUMNS), widthOf(session.io.stdout)).text(rows),
          '',
          `In the bucket: ${bytesText(usage.total.ownBytes + usage.deletedBytes)} of data, of which ${bytesText(usage.deletedBytes)} are of deleted ones that are not swept yet.`,
          ...(unread.length === 0
            ? []
            : [`Without ${unread.length} whose manifest can't be read, the first: ${unread[0]}.`]),
        ].join('\n');
      });
    });
  });
}

type Row = Omit<Usage, 'kind'> & Partial<Pick<Usage, 'kind'>>;

const COLUMNS: Column<Row>[] = [
  { title: 'DATABASE', of: ({ database }) => database },
  { title: 'KIND', of: ({ kind = '' }) => (kind === '' ? '' : `${kind}s`) },
  { title: 'LABEL', of: ({ label = '' }) => label },
  { title: 'COUNT', of: ({ count }) => countText(count) },
  { title: 'HOLD', of: ({ bytes }) => bytesText(bytes) },
  { title: 'NEW', of: ({ ownBytes }) => bytesText(ownBytes) },
  { title: 'FREES', of: ({ freed }) => freedText(freed) },
];
