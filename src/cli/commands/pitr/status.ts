import type { Command } from 'commander';
import type { InspectClusterResult } from '../../../contract';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { widthOf } from '../../core/fit-text';
import { checkListedDatabase } from '../../core/check-database-argument';
import { inspectCluster } from '../../run/inspect-run';
import { Session, type CommandContext } from '../../core/session';
import { textsInOneLine } from '../../core/sanitized-output';
import { fitToContents, Table, type Column } from '../../core/table';

type Database = InspectClusterResult['databases'][number];

/** `kalpa pitr status [database]`. */
export function pitrStatusCommand(context: CommandContext): Command {
  const command = defineCommand('status', 'Show which moments of a database can be recovered, and the gaps between.', {
    examples: ['kalpa pitr status', 'kalpa pitr status ysql.orders --json'],
    exits: RUN_EXITS,
  }).argument('[database]', 'only ysql.<database>');
  return command.action(async (database: string | undefined) => {
    const session = new Session(context, command);
    const { databases, goneSchedules = [] } = await inspectCluster(session);
    const orphaned = goneSchedules.filter((one) => database === undefined || one.database === database);
    if (orphaned.length === 0) checkListedDatabase(database, databases);
    const shown = databases.filter((one) => database === undefined || one.database === database);
    const width = widthOf(session.io.stdout);
    const listed = { databases: shown.map((one) => ({ ...one, gaps: gapsOf(one) })) };
    session.print(orphaned.length === 0 ? listed : { ...listed, goneSchedules: orphaned }, () =>
      shown.length + orphaned.length === 0
        ? 'There is no database in the cluster.'
        : [
            ...textsInOneLine(shown).map((one) => statusText(one, width)),
            ...textsInOneLine(orphaned).map(orphanedText),
          ].join('\n'),
    );
  });
}

/** Times between the recoverable ranges that are not covered. */
export function gapsOf({ recoverable }: Pick<Database, 'recoverable'>): { from: string; to: string }[] {
  const gaps: { from: string; to: string }[] = [];
  let until = recoverable[0]?.to;
  for (const { from, to } of recoverable.slice(1)) {
    if (until !== undefined && from > until) gaps.push({ from: until, to: from });
    if (until === undefined || to > until) until = to;
  }
  return gaps;
}

function orphanedText({
  database,
  scheduleId,
  snapshots,
}: NonNullable<InspectClusterResult['goneSchedules']>[number]): string {
  return `${database}  snapshot schedule ${scheduleId} belongs to a dropped database (${snapshots} snapshots): it protects nothing\n`;
}

function statusText(one: Database, width: number | undefined): string {
  const schedule = one.pointInTimeRecovery;
  const head = `${one.database}  ${schedule ? `every ${schedule.every}, ${schedule.keep} back` : 'point-in-time recovery is off'}\n`;
  if (one.recoverable.length === 0) return `${head}  no moment can be recovered\n`;
  const gaps = gapsOf(one).map((gap) => ({ ...gap, by: 'GAP' }));
  const rows = [...one.recoverable, ...gaps].sort((a, b) => (a.from < b.from ? -1 : 1));
  const older =
    one.recoverableLeftOut === undefined
      ? ''
      : `  ${one.recoverableLeftOut} older backups are not listed here: kalpa backups ${one.database}\n`;
  return head + older + new Table(fitToContents(rows, COLUMNS), width).text(rows);
}

const COLUMNS: Column<{ from: string; to: string; by: string }>[] = [
  { title: 'FROM', of: ({ from }) => from },
  { title: 'TO', of: ({ to }) => to },
  { title: 'BY', of: ({ by }) => by, more: true },
];
