import type { InspectClusterResult } from '../../contract';
import { modules } from '../core/modules';
import { noSuchDatabase } from '../core/nearest';
import type { Session } from '../core/session';
import { inspectCluster } from './inspect-run';

/** The history that a snapshot schedule keeps of a database. */
export interface KeptHistory {
  scheduleId: string;
  every: string;
  keep: string;
  /** The moments that it alone can bring back, oldest first. */
  windows: { from: string; to: string }[];
  /** One sentence each: what is lost with it, and what stays. */
  lost: string;
  left: string;
}

/** The history that would go with the snapshot schedule of a database; undefined when it has none. Changes nothing. */
export async function historyOf(session: Session, database: string): Promise<KeptHistory | undefined> {
  const { databases } = await inspectCluster(session);
  const found = databases.find((one) => one.database === database);
  if (!found) throw noSuchDatabase(database, databases);
  return keptHistory(found);
}

function keptHistory(found: InspectClusterResult['databases'][number]): KeptHistory | undefined {
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
      windows.length === 0 ? 'No moment can be recovered with it yet.' : `Lost for good: every moment from ${spans}.`,
    left:
      newestBackup === undefined
        ? 'There is no backup of it outside the cluster.'
        : `Its newest backup stays: ${newestBackup.backupId}, recovery point ${newestBackup.recoveryPoint}.`,
  };
}

/** Whether a schedule that keeps `asked` would forget what one that keeps `kept` remembers. */
export function shortens(kept: string, asked: string): boolean {
  const { durationMs } = modules.contract();
  const [before, after] = [durationMs(kept), durationMs(asked)];
  return before !== undefined && after !== undefined && after < before;
}
