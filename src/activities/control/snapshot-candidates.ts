import { createHash } from 'node:crypto';
import { listSnapshots, listSnapshotSchedules, type Yugabyte } from '../../yugabyte';

/** Ids of every snapshot that the cluster lists now, those of schedules included. */
export async function snapshotIds(yugabyte: Yugabyte, signal: AbortSignal): Promise<string[]> {
  const listed = await yugabyte.run(listSnapshots, {}, { signal });
  return listed.map(({ id }) => id);
}

/**
 * Snapshots that may be ours after a lost reply: new since `listedBefore`, and in no schedule's list. Only asked
 * under the cluster lock, so no other operation of Kalpa makes one meanwhile.
 */
export async function snapshotCandidates(
  yugabyte: Yugabyte,
  listedBefore: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const now = await snapshotIds(yugabyte, signal);
  const schedules = await yugabyte.run(listSnapshotSchedules, {}, { signal });
  const scheduled = new Set(schedules.flatMap(({ snapshots }) => snapshots.map(({ id }) => id)));
  return now.filter((id) => !listedBefore.includes(id) && !scheduled.has(id));
}

/** `kalpa_<12 hex of backup and chain>`: the scratch name that only this run has. */
export function scratchName(backupId: string, firstExecutionRunId: string): string {
  return `kalpa_${createHash('sha256').update(`${backupId}\n${firstExecutionRunId}`).digest('hex').slice(0, 12)}`;
}
