import type { Command } from 'commander';
import type { InspectClusterResult } from '../../contract';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import { startAndWatch, withRunOptions, type RunOptions } from '../run/run-command';
import { Session, type CommandContext } from '../core/session';
import { bytesText, countText, tableText } from '../core/terminal-text';
import { schedulable } from '../../contract/schedulable';

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
      inspectText(found, { columns: io.stdout.columns, now: io.now() }),
    );
  });
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WIDTH = 80;

/** `45 s`, `12 min`, `3 h`, `2 days`: a person wants to know whether it is too old. */
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

interface Column {
  title: string;
  cell: (database: Database) => string;
  /** Left out where the table would be wider than the terminal. */
  spare?: boolean;
}

const columnsAt = (now: Date): Column[] => [
  { title: 'DATABASE', cell: ({ database }) => database },
  { title: 'TABLES', cell: ({ tables }) => countText(tables), spare: true },
  { title: 'TABLETS', cell: ({ tablets }) => countText(tablets), spare: true },
  { title: 'ON DISK', cell: ({ bytes }) => bytesText(bytes) },
  {
    title: 'NEWEST BACKUP',
    cell: ({ newestBackup }) =>
      newestBackup ? `${spanText(secondsBetween(new Date(newestBackup.recoveryPoint), now))} ago` : 'none',
  },
  {
    title: 'RECOVERABLE TO',
    cell: ({ newestRecoveryPoint }) =>
      newestRecoveryPoint ? `${spanText(newestRecoveryPoint.ageSeconds)} ago` : 'no moment',
  },
  { title: 'NEXT RUN', cell: ({ nextRuns }) => nextRunText(nextRuns, now) },
];

/** As wide as the terminal, where the names allow it. */
function databasesText(databases: readonly Database[], { columns: width = WIDTH, now }: InspectedAt): string {
  const columns = columnsAt(now);
  for (;;) {
    const text = tableText(
      columns.map(({ title }) => title),
      databases.map((database) => columns.map(({ cell }) => cell(database))),
    );
    const spare = columns.findLastIndex((column) => column.spare);
    if (spare < 0 || text.split('\n').every((line) => line.length <= width)) return text;
    columns.splice(spare, 1);
  }
}

export interface InspectedAt {
  columns?: number | undefined;
  now: Date;
}

/** The answer as tables. */
export function inspectText(found: InspectClusterResult, at: InspectedAt): string {
  const nodes = tableText(
    ['NODE', 'TSERVER', 'KALPA WORKER', 'FREE'],
    found.nodes.map(({ node, alive, worker, freeBytes }) => [
      node,
      alive ? 'alive' : 'dead',
      worker ? 'answers' : 'none',
      freeBytes === null ? '?' : bytesText(freeBytes),
    ]),
  );
  const databases = `${databasesText(found.databases, at)}ON DISK: data files of all replicas. RECOVERABLE TO: by a backup or a snapshot\ninside the cluster. Each of them: kalpa backups, kalpa pitr status.\n`;
  const store = `store: ${found.store.safe ? 'safe' : 'NOT SAFE'}\n${found.store.findings.map((finding) => `  ${finding}\n`).join('')}`;
  const problems =
    found.problems.length === 0
      ? 'problems: none'
      : `problems:\n${found.problems.map((problem) => `  ${problem}`).join('\n')}`;
  return `cluster ${found.cluster}, YugabyteDB ${found.version} (dialect ${found.dialect})\n\n${nodes}\n${databases}\n${store}${problems}`;
}
