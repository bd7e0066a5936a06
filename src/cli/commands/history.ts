import { Option, type Command } from 'commander';
import type { OperationRecord } from '../../repository';
import { CommandError } from '../core/command-error';
import { defineCommand, READ_EXITS } from '../core/define-command';
import { EXIT } from '../core/exit-codes';
import { ListPrinter, type Column } from '../core/list-printer';
import { modules } from '../core/modules';
import { didYouMeanDatabase } from '../../contract/fields/nearest-name';
import { checkDatabaseArgument } from '../core/check-database-argument';
import { withCatalogue, type Catalogue } from '../core/open-catalogue';
import { Session, type CommandContext } from '../core/session';
import { fitToContents } from '../core/table';
import { secondsText } from '../core/terminal-text';
import { wholeNumber } from '../core/whole-number';
import { given } from '../../objects/given';
import { withoutFraction } from '../../objects/texts';

/** Records read to suggest the database that was probably meant. */
const RECENT = 200;

interface Options {
  since: string;
  newest: number;
  cluster?: string;
}

/** `kalpa history [database]`: from the audit records in the bucket, so it outlives Temporal's histories. */
export function historyCommand(context: CommandContext): Command {
  const command = defineCommand(
    'history',
    'Show past operations: who started what, when, and how it ended; needs no Temporal.',
    {
      examples: ['kalpa history', 'kalpa history ysql.orders --since "90 days"', 'kalpa history --json'],
      exits: { ...READ_EXITS, 3: 'there is no such bucket' },
    },
  )
    .argument('[database]', 'only operations on ysql.<database> or ycql.<keyspace>')
    .addOption(new Option('--since <duration>', 'how far back').default('30 days'))
    .addOption(new Option('--newest <n>', 'at most this many, the newest ones').argParser(wholeNumber).default(50))
    .addOption(new Option('--cluster <name>', 'another cluster in the same repository'));
  return command.action(async (database: string | undefined, { since, newest, cluster }: Options) => {
    const session = new Session(context, command);
    if (database !== undefined && !/^(ysql|ycql)(\..|$)/s.test(database)) checkDatabaseArgument(database, []);
    await withCatalogue(session, cluster, async (catalogue) => {
      const from = new Date(session.io.now().getTime() - sinceMs(since));
      const { operations, more, leftOut } = await catalogue.operations({ since: from, database, newest });
      const shown = operations.map((one) => ({ ...one, ...tookOf(one) }));
      if (session.json) {
        session.print({ operations: shown, more, ...given({ leftOut }) }, () => '');
        return;
      }
      const printer = new ListPrinter(session, columns(shown));
      for (const one of shown) printer.print(one);
      if (shown.length === 0) {
        const about = database === undefined ? '' : ` about ${database}`;
        const meant = database === undefined ? '' : didYouMeanDatabase(database, await inHistory(catalogue, from));
        session.printText(`Nothing${about} in the last ${since} in ${catalogue.where}.${meant}`);
      }
      if (leftOut) session.remark(`Audit records that were left out: ${leftOut.count}. The first: ${leftOut.first}`);
      if (more) session.remark(`There are older ones in the last ${since}: --newest.`);
    });
  });
}

/** Databases in the newest records. */
async function inHistory(catalogue: Catalogue, since: Date): Promise<string[]> {
  const { operations } = await catalogue.operations({ since, newest: RECENT });
  return operations.flatMap(({ database }) => database ?? []);
}

function sinceMs(since: string): number {
  const { durationMs, DURATION_FORM } = modules.contract();
  const ms = durationMs(since);
  if (ms === undefined) throw new CommandError('Usage', `--since ${since}: it must be ${DURATION_FORM}.`, EXIT.usage);
  return ms;
}

type Shown = OperationRecord & { durationSeconds?: number };

function tookOf({ startedAt, endedAt }: OperationRecord): { durationSeconds?: number } {
  if (endedAt === undefined) return {};
  return { durationSeconds: Math.max(0, Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 100) / 10) };
}

function columns(rows: readonly Shown[]): Column<Shown>[] {
  const ended = ({ outcome = '', failure }: Shown): string =>
    outcome === 'failed' && failure ? failure.type : outcome;
  return fitToContents(rows, [
    { title: 'STARTED', of: ({ startedAt }) => withoutFraction(startedAt) },
    { title: 'OPERATION', of: ({ operation }) => operation },
    { title: 'ENDED', of: ended },
    {
      title: 'TOOK',
      of: ({ durationSeconds: took }) => (took === undefined ? '' : secondsText(took)),
      more: true,
    },
    { title: 'DATABASE', of: ({ database = '' }) => database, more: true },
    { title: 'STARTED BY', of: ({ startedBy = '' }) => startedBy, more: true },
    { title: 'RUN', of: ({ workflowId }) => workflowId, more: true },
  ]);
}
