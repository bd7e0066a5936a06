import { nextMonth } from './calendar';
import { Cadence } from './cadence';
import type { BackupOrDump } from './backup-or-dump';
import { plan, type PlanInput } from './plan';
import { grouped } from '../objects/grouped';

/** What is in the bucket at the end of a month. */
export interface SimulatedMonth {
  /** `2026-12`. */
  month: string;
  backups: number;
  /** Size of their own objects: an estimate, since objects that others refer to are not deleted. */
  bytes: number;
}

/** The most backups that a simulation adds. */
const MAX_SIMULATED = 100_000;
/** Future backups are modelled on this many of the newest ones. */
const MAX_SAMPLES = 31;

/**
 * How many backups there will be, and how large, at the end of each month: the backups of each database and label
 * continue at their present rate, with the average size of the newest ones, and the policy is applied at the end of
 * each month. Holds and leases are assumed not to change.
 */
export function simulate({ backups, policies, now }: PlanInput, forMs: number): SimulatedMonth[] {
  const timeZone = policies.timeZone ?? 'UTC';
  const coming = comingBackups(backups, now, now + forMs);
  let there: BackupOrDump[] = [...backups];
  let next = 0;
  const months: SimulatedMonth[] = [];
  for (let at = now; at < now + forMs;) {
    const end = Math.min(nextMonth(at, timeZone), now + forMs);
    while ((coming[next]?.at ?? Infinity) < end) there.push(coming[next++] as BackupOrDump);
    const kept = new Set(
      plan({ backups: there, policies, now: end - 1 })
        .decisions.filter(({ decision }) => decision === 'keep')
        .map(({ backupId }) => backupId),
    );
    there = there.filter(({ id }) => kept.has(id));
    const month = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit' }).format(end - 1);
    months.push({ month, backups: there.length, bytes: there.reduce((sum, { ownBytes }) => sum + ownBytes, 0) });
    at = end;
  }
  return months;
}

/** In chronological order. */
function comingBackups(backups: readonly BackupOrDump[], now: number, until: number): BackupOrDump[] {
  const series = grouped(
    [...backups].sort((a, b) => b.at - a.at),
    ({ kind, database, label }) => JSON.stringify([kind, database, label ?? null]),
  );
  const coming: BackupOrDump[] = [];
  for (const [name, all] of series) {
    const members = all.slice(0, MAX_SAMPLES);
    const cadence = Cadence.of(members.map(({ at }) => at));
    const [newest] = members;
    if (!cadence || !newest) continue;
    const ownBytes = Math.round(members.reduce((sum, one) => sum + one.ownBytes, 0) / members.length);
    const { kind, database, label, keepForMs } = newest;
    for (let n = 1; coming.length < MAX_SIMULATED; n += 1) {
      const at = cadence.arrival(n, now);
      if (at >= until) break;
      coming.push({ id: `simulated ${name} ${n}`, kind, database, label, keepForMs, at, ownBytes });
    }
  }
  return coming.sort((a, b) => a.at - b.at);
}
