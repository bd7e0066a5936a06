import { apiOf, bareName, type InspectClusterResult } from '../../../contract';
import { listBackups, listPointInTime, readSummaries, readTrustedWithoutLists, verdictOf } from '../../../repository';
import { schedulesOf, type ScheduleEvidence } from '../../../yugabyte';
import { mapConcurrently } from '../../../objects/map-concurrently';
import { durationText } from '../run/duration-text';
import type { ControlDependencies } from '../dependencies';
import { momentsOf } from '../lookup/find-backup';
import { recoveryWindow } from '../history/recovery-window';
import { scheduleProblems } from './schedule-problems';

type Database = InspectClusterResult['databases'][number];

/** What the bucket has of a database, oldest first; a backup known to be damaged offers no moment and is a problem. */
export async function recoverableFromBucket(
  { repository }: ControlDependencies,
  database: string,
): Promise<{ ranges: Database['recoverable']; problems: string[] }> {
  const committed = (await listBackups(repository, { database })).filter(({ state }) => state === 'committed');
  const summaries = await readSummaries(repository, committed);
  const read = await mapConcurrently(committed, async (entry) => {
    const { verdict } = await verdictOf(repository, entry);
    if (verdict?.ok === false) return { damaged: `${entry.backupId} (verification of ${verdict.at.slice(0, 10)})` };
    const known = summaries.get(entry.backupId);
    if (known) return { range: { from: known.from, to: known.recoveryPoint, by: entry.backupId } };
    const manifest = await readTrustedWithoutLists(repository, entry.backupId);
    return typeof manifest === 'string' ? {} : { range: { ...momentsOf(manifest.header), by: entry.backupId } };
  });
  const damaged = read.flatMap((one) => one.damaged ?? []);
  const newest = damaged.slice(-MAX_NAMED).reverse().join(', ');
  return {
    ranges: read.flatMap((one) => one.range ?? []).sort(byStart),
    problems:
      damaged.length === 0
        ? []
        : [
            `${damaged.length} of ${committed.length} backups of ${database} can't be restored completely, the newest: ${newest}. To see what is missing or damaged: kalpa show, kalpa verify. The next backup uploads it again; find out who wrote to the bucket.`,
          ],
  };
}

/** Damaged backups named in one sentence. */
const MAX_NAMED = 3;

/** Over all databases: an answer of 2 MiB or more would not fit into a payload. */
const MAX_RANGES = 8_000;

/**
 * Leaves out the oldest backups where there are too many for one answer, the same number of each database. Ranges of
 * snapshot schedules stay: they show what disabling the schedule would lose.
 */
export function fitIntoPayload<T extends Pick<Database, 'recoverable'>>(
  databases: readonly T[],
  atMost = MAX_RANGES,
): (T & { recoverableLeftOut?: number })[] {
  const all = databases.reduce((sum, { recoverable }) => sum + recoverable.length, 0);
  if (all <= atMost) return [...databases];
  const each = Math.max(
    1,
    shareOf(
      databases.map(({ recoverable }) => recoverable.length),
      atMost,
    ),
  );
  return databases.map((one) => {
    const leftOut = Math.max(0, one.recoverable.length - each);
    if (leftOut === 0) return one;
    const old = new Set(one.recoverable.filter(({ by }) => !by.startsWith('schedule ')).slice(0, leftOut));
    if (old.size === 0) return one;
    return { ...one, recoverable: one.recoverable.filter((range) => !old.has(range)), recoverableLeftOut: old.size };
  });
}

/** The largest number that every database may have, so that those which need less leave the rest to the others. */
function shareOf(counts: readonly number[], atMost: number): number {
  let left = atMost;
  const sorted = [...counts].sort((a, b) => a - b);
  for (const [i, count] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - i));
    if (count > share) return share;
    left -= count;
  }
  return atMost;
}

export const byStart = (a: { from: string }, b: { from: string }): number => (a.from < b.from ? -1 : 1);

/** The latest of all moments, and how old it is. */
export function newestRecoveryPoint(
  recoverable: Database['recoverable'],
  now: Date,
): Pick<Database, 'newestRecoveryPoint'> {
  const newest = recoverable.reduce<Database['recoverable'][number] | undefined>(
    (latest, range) => (latest === undefined || range.to > latest.to ? range : latest),
    undefined,
  );
  if (!newest) return {};
  const ageSeconds = Math.max(0, Math.round((now.getTime() - Date.parse(newest.to)) / 1000));
  return { newestRecoveryPoint: { at: newest.to, by: newest.by, ageSeconds } };
}

/** What the cluster itself keeps of a database, and whether that is what was requested. */
export async function recoverableFromCluster(
  { yugabyte, repository }: ControlDependencies,
  database: string,
  { evidence, signal }: { evidence: ScheduleEvidence; signal: AbortSignal },
): Promise<Pick<Database, 'pointInTimeRecovery' | 'recoverable'> & { problems: string[] }> {
  const window = await recoveryWindow(yugabyte(), database, signal, evidence);
  const { records, leftOut } = await listPointInTime(repository, database);
  const declared = records.at(-1);
  const unsigned = leftOut
    ? [
        `Records of the point-in-time recovery of ${database} that do not count: ${leftOut.count}. The first: ${leftOut.first}`,
      ]
    : [];
  const intended = declared?.schedule === 'off' ? undefined : declared?.schedule;
  if (!window) {
    const { ofDropped } = schedulesOf(evidence, { api: apiOf(database), name: bareName(database) });
    if (intended && ofDropped.length > 0)
      return {
        recoverable: [],
        problems: [
          `Point-in-time recovery of ${database} was enabled at ${declared?.at ?? ''}, and that database was dropped: the one that has the name now has no snapshot schedule. Enable it: kalpa pitr enable ${database}.`,
          ...unsigned,
        ],
      };
    const problems = intended
      ? [
          `Point-in-time recovery of ${database} was enabled at ${declared?.at ?? ''}, and its snapshot schedule ${intended.id} was deleted or no longer keeps history. Enable it again: kalpa pitr enable ${database}.`,
        ]
      : [];
    return { recoverable: [], problems: [...problems, ...unsigned] };
  }
  const { schedule, from, to } = window;
  const problems = scheduleProblems(database, schedule, intended, BigInt(Date.now()) * 1000n);
  return {
    pointInTimeRecovery: {
      scheduleId: schedule.id,
      every: durationText(schedule.intervalSeconds),
      keep: durationText(schedule.retentionSeconds),
    },
    recoverable: [{ from, to, by: `schedule ${schedule.id}` }],
    problems: [...problems, ...unsigned],
  };
}
