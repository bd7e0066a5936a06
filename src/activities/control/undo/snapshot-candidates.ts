import { createHash } from 'node:crypto';
import { listSnapshots, listSnapshotSchedules, type Yugabyte } from '../../../yugabyte';
import { databaseOf } from '../lookup/find-snapshot';

/** Ids of every snapshot that the cluster lists now, those of schedules included. */
export async function snapshotIds(yugabyte: Yugabyte, signal: AbortSignal): Promise<string[]> {
  const listed = await yugabyte.run(listSnapshots, {}, { signal });
  return listed.map(({ id }) => id);
}

/**
 * Snapshots that may be ours after a lost reply: of this database, new since `listedBefore`, not deleted, and in no
 * schedule's list. A run that calls this holds the database's lock, so no other operation of Kalpa makes a snapshot of
 * it; a guardian may call it after the cluster's lock is released, and snapshots of other databases may have appeared
 * meanwhile.
 */
export async function snapshotCandidates(
  yugabyte: Yugabyte,
  { database, listedBefore }: { database: string; listedBefore: readonly string[] },
  signal: AbortSignal,
): Promise<string[]> {
  const listed = await yugabyte.run(listSnapshots, { details: true }, { signal });
  const schedules = await yugabyte.run(listSnapshotSchedules, {}, { signal });
  const scheduled = new Set(schedules.flatMap(({ snapshots }) => snapshots.map(({ id }) => id)));
  return listed
    .filter(({ state }) => state !== 'DELETING' && state !== 'DELETED')
    .filter((one) => databaseOf(one) === database && !listedBefore.includes(one.id) && !scheduled.has(one.id))
    .map(({ id }) => id);
}

/** `kalpa_<12 hex of backup and chain>`: the scratch name that only this run uses. */
export function scratchName(backupId: string, firstExecutionRunId: string): string {
  return `kalpa_${createHash('sha256').update(`${backupId}\n${firstExecutionRunId}`).digest('hex').slice(0, 12)}`;
}
