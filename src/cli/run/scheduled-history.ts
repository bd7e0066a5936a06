import type { InspectClusterResult } from '../../contract';
import { modules } from '../core/modules';
import { noSuchDatabase } from '../core/check-database-argument';
import type { Session } from '../core/session';
import { inspectCluster } from './inspect-run';

/** The history that a snapshot schedule keeps of a database. */
export interface ScheduledHistory {
  scheduleId: string;
  every: string;
  keep: string;
  /** The history belongs to a dropped database of the same name. */
  ofDropped?: true;
  /** The moments that only it can restore, oldest first. */
  windows: { from: string; to: string }[];
  /** Sentences: what is lost with it, and what stays. */
  lost: string;
  left: string;
}

/** The history that would be lost with a database's snapshot schedule; undefined if it has none. Changes nothing. */
export async function historyOf(session: Session, database: string): Promise<ScheduledHistory | undefined> {
  const { databases, goneSchedules = [] } = await inspectCluster(session);
  const found = databases.find((one) => one.database === database);
  const own = found && keptHistory(found);
  if (own) return own;
  const dropped = goneSchedules.find((one) => one.database === database);
  if (dropped) return historyOfDropped(dropped, found !== undefined);
  if (!found) throw noSuchDatabase(database, databases);
  return undefined;
}

/** None of its moments can be recovered in the cluster; its snapshots can still be exported by hand. */
function historyOfDropped(
  { scheduleId, every, keep, database, snapshots }: NonNullable<InspectClusterResult['goneSchedules']>[number],
  madeAnew: boolean,
): ScheduledHistory {
  return {
    scheduleId,
    every,
    keep,
    ofDropped: true,
    windows: [],
    lost: `It belongs to a dropped database ${database}: its ${snapshots} snapshots are deleted with it.`,
    left: madeAnew
      ? `The database that has this name now has no schedule, and is not changed.`
      : `Backups of it in the bucket stay: kalpa backups ${database}.`,
  };
}

function keptHistory(found: InspectClusterResult['databases'][number]): ScheduledHistory | undefined {
  const { pointInTimeRecovery: schedule, recoverable, newestBackup } = found;
  if (!schedule) return undefined;
  const windows = recoverable
    .filter(({ by }) => by === `schedule ${schedule.scheduleId}`)
    .map(({ from, to }) => ({ from, to }));
  const spans = windows.map(({ from, to }) => `${from} to ${to}`).join(', ');
  return {
    ...schedule,
    windows,
    lost:
      windows.length === 0
        ? 'No moment can be recovered with it yet.'
        : `Permanently lost: every moment from ${spans}.`,
    left:
      newestBackup === undefined
        ? 'There is no backup of it outside the cluster.'
        : `Its newest backup stays: ${newestBackup.backupId}, recovery point ${newestBackup.recoveryPoint}.`,
  };
}

/** Whether a schedule that keeps `keep` would drop history that one with `kept` has. */
export function shortensHistory(kept: string, keep: string): boolean {
  const { durationMs } = modules.contract();
  const [before, after] = [durationMs(kept), durationMs(keep)];
  return before !== undefined && after !== undefined && after < before;
}
