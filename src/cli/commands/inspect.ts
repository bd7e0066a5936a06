import type { Command } from 'commander';
import type { InspectClusterResult } from '../../contract';
import { defineCommand, RUN_EXITS } from '../core/define-command';
import { startAndWatch, withRunOptions, type RunOptions } from '../run/run-command';
import { Session, type CommandContext } from '../core/session';
import { bytesText, countText, tableText } from '../core/terminal-text';

/** `kalpa inspect`. */
export function inspectCommand(context: CommandContext): Command {
  const command = defineCommand('inspect', 'Show the cluster as Kalpa sees it: nodes, databases, backups, the store.', {
    examples: ['kalpa inspect', 'kalpa inspect --json'],
    exits: RUN_EXITS,
  });
  withRunOptions(command);
  return command.action(async (options: RunOptions) => {
    await startAndWatch(new Session(context, command), 'inspectCluster', {}, options, inspectText);
  });
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `45 s`, `12 min`, `3 h`, `2 days`: a person wants to know whether it is too old. */
function ageText(seconds: number): string {
  if (seconds < 2 * MINUTE) return `${seconds} s`;
  if (seconds < 2 * HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} h`;
  return `${Math.floor(seconds / DAY)} days`;
}

function nextRunText(runs: InspectClusterResult['databases'][number]['nextRuns']): string {
  if (runs === undefined) return '?';
  const [first] = runs;
  if (!first) return 'no schedule';
  return first.at === undefined ? `${first.operation}: paused` : `${first.operation} ${first.at}`;
}

/** The answer as tables. */
export function inspectText(found: InspectClusterResult): string {
  const nodes = tableText(
    ['NODE', 'TSERVER', 'KALPA WORKER', 'FREE'],
    found.nodes.map(({ node, alive, worker, freeBytes }) => [
      node,
      alive ? 'alive' : 'dead',
      worker ? 'answers' : 'none',
      freeBytes === null ? '?' : bytesText(freeBytes),
    ]),
  );
  const databases = tableText(
    ['DATABASE', 'TABLES', 'TABLETS', 'SIZE', 'NEWEST BACKUP', 'RECOVERY POINT', 'AGE', 'NEXT RUN'],
    found.databases.map(({ database, tables, tablets, bytes, newestBackup, newestRecoveryPoint, nextRuns }) => [
      database,
      countText(tables),
      countText(tablets),
      bytesText(bytes),
      newestBackup?.backupId ?? 'none',
      newestRecoveryPoint?.at ?? 'none',
      newestRecoveryPoint ? ageText(newestRecoveryPoint.ageSeconds) : '',
      nextRunText(nextRuns),
    ]),
  );
  const store = `store: ${found.store.safe ? 'safe' : 'NOT SAFE'}\n${found.store.findings.map((finding) => `  ${finding}\n`).join('')}`;
  const problems =
    found.problems.length === 0
      ? 'problems: none'
      : `problems:\n${found.problems.map((problem) => `  ${problem}`).join('\n')}`;
  return `cluster ${found.cluster}, YugabyteDB ${found.version} (dialect ${found.dialect})\n\n${nodes}\n${databases}\n${store}${problems}`;
}
