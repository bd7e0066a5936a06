import type { Command } from 'commander';
import type { InspectClusterResult } from '../../contract';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import { startAndWatch, withRunOptions, type RunOptions } from '../run/run-command';
import { Session, type CommandContext } from '../core/session';
import { cutInTheMiddle, fitText, widthOf } from '../core/fit-text';
import { fitToContents, fitsWidth, Table, type Column } from '../core/table';
import { schedulable } from '../../contract/schedulable';
import { bytesText, countText } from '../../objects/texts';

/** `kalpa inspect`. */
export function inspectCommand(context: CommandContext): Command {
  const command = defineCommand('inspect', 'Show the cluster as Kalpa sees it: nodes, databases, backups, the store.', {
    examples: ['kalpa inspect', 'kalpa inspect --json'],
    exits: RUN_EXITS,
  });
  withRunOptions(command);
  return command.action(async (options: RunOptions) => {
    const { io } = context;
    await startAndWatch(new Session(context, command), 'inspectCluster', {}, options, (found) =>
      inspectText(found, { columns: widthOf(io.stdout), now: io.now() }),
    );
  });
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `45 s`, `12 min`, `3 h`, `2 days`: precise enough to see whether it is too old. */
function spanText(seconds: number): string {
  if (seconds < 2 * MINUTE) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 2 * HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} h`;
  return `${Math.floor(seconds / DAY)} days`;
}

type Database = InspectClusterResult['databases'][number];

/** Operations by the word that `kalpa schedule add` takes. */
const WORDS = new Map<string, string>(Object.entries(schedulable).map(([word, operation]) => [operation, word]));

function nextRunText(runs: Database['nextRuns'], now: Date): string {
  if (runs === undefined) return '?';
  const [first] = runs;
  if (!first) return 'no schedule';
  const word = WORDS.get(first.operation) ?? first.operation;
  return first.at === undefined ? `${word}: paused` : `${word} in ${spanText(secondsBetween(now, new Date(first.at)))}`;
}

const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;

interface InspectedColumn extends Column<Database> {
  /** Omitted where the table would be wider than the terminal. */
  spare?: boolean;
}

const columnsAt = (now: Date): InspectedColumn[] => [
  { title: 'DATABASE', of: ({ database }) => database },
  { title: 'TABLES', of: ({ tables }) => countText(tables), spare: true },
  { title: 'TABLETS', of: ({ tablets }) => countText(tablets), spare: true },
  { title: 'ON DISK', of: ({ bytes }) => bytesText(bytes) },
  {
    title: 'NEWEST BACKUP',
    of: ({ newestBackup }) =>
      newestBackup ? `${spanText(secondsBetween(new Date(newestBackup.recoveryPoint), now))} ago` : 'none',
  },
  {
    title: 'RECOVERABLE TO',
    of: ({ newestRecoveryPoint }) =>
      newestRecoveryPoint ? `${spanText(newestRecoveryPoint.ageSeconds)} ago` : 'no moment',
  },
  {
    title: 'PROVED',
    of: ({ lastRehearsal }) =>
      lastRehearsal ? `${spanText(secondsBetween(new Date(lastRehearsal.provedAt), now))} ago` : 'never',
    spare: true,
  },
  { title: 'NEXT RUN', of: ({ nextRuns }) => nextRunText(nextRuns, now) },
];

const NODES: Column<InspectClusterResult['nodes'][number]>[] = [
  { title: 'NODE', of: ({ node }) => node },
  { title: 'TSERVER', of: ({ alive }) => (alive ? 'alive' : 'dead') },
  { title: 'KALPA WORKER', of: ({ worker }) => (worker ? 'answers' : 'none') },
  { title: 'FREE', of: ({ freeBytes }) => (freeBytes === null ? '?' : bytesText(freeBytes)) },
];

/**
 * As wide as the terminal: first the counts are omitted, then names get lines of their own, shortened if still too
 * wide.
 */
function tableText<Row>(
  rows: readonly Row[],
  all: readonly (Column<Row> & { spare?: boolean })[],
  width?: number,
): string {
  const named = all.map((column, at) =>
    at === 0 && width !== undefined ? { ...column, of: (row: Row) => cutInTheMiddle(column.of(row), width) } : column,
  );
  const columns = fitToContents(rows, named);
  for (;;) {
    const spare = columns.findLastIndex((column) => (column as { spare?: boolean }).spare);
    if (spare < 0 || fitsWidth(columns, width)) return new Table(columns, width).text(rows);
    columns.splice(spare, 1);
  }
}

export interface InspectedAt {
  /** Width of the terminal; undefined if there is none: everything then goes on one line. */
  columns?: number | undefined;
  now: Date;
}

/** The result as tables. */
export function inspectText(found: InspectClusterResult, { columns: width, now }: InspectedAt): string {
  const prose = (text: string, hang = 0): string => fitText(text, width, hang);
  const databases = `${tableText(found.databases, columnsAt(now), width)}${prose('ON DISK: data files of all replicas. RECOVERABLE TO: by a backup or a snapshot inside the cluster. PROVED: the last rehearsed restore. Each of them: kalpa backups, kalpa pitr status.')}\n`;
  const store = `store: ${found.store.safe ? 'safe' : 'NOT SAFE'}\n${found.store.findings.map((finding) => `${prose(`  ${finding}`, 2)}\n`).join('')}`;
  const problems =
    found.problems.length === 0
      ? 'problems: none'
      : `problems:\n${found.problems.map((problem) => prose(`  ${problem}`, 2)).join('\n')}`;
  return `${prose(`cluster ${found.cluster}, YugabyteDB ${found.version} (dialect ${found.dialect})`)}\n\n${tableText(found.nodes, NODES, width)}\n${databases}\n${store}${problems}`;
}
