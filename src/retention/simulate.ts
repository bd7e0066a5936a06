import { nextMonth } from './calendar';
import { Cadence } from './cadence';
import type { Copy } from './copy';
import { plan, type PlanInput } from './plan';

/** What is in the bucket at the end of a month. */
export interface SimulatedMonth {
  /** `2026-12`. */
  month: string;
  copies: number;
  /** Of their own objects: an estimate, since what others refer to is not deleted. */
  bytes: number;
}

/** Copies that a simulation makes at most: beyond it, it is told from the months before. */
const MADE_AT_MOST = 100_000;
/** What comes is like these. */
const NEWEST_LOOKED_AT = 31;

/**
 * How many copies there will be, and how large, at the end of each month: copies of each database and label go on coming as often as they did, as large as
 * the newest ones on average, and the policy is applied at the end of each month. Holds and uses are taken to stay as they are.
 */
export function simulate({ copies, policies, now }: PlanInput, forMs: number): SimulatedMonth[] {
  const timeZone = policies.timeZone ?? 'UTC';
  const coming = comingCopies(copies, now, now + forMs);
  let there: Copy[] = [...copies];
  let next = 0;
  const months: SimulatedMonth[] = [];
  for (let at = now; at < now + forMs;) {
    const end = Math.min(nextMonth(at, timeZone), now + forMs);
    while ((coming[next]?.at ?? Infinity) < end) there.push(coming[next++] as Copy);
    const kept = new Set(
      plan({ copies: there, policies, now: end - 1 })
        .decisions.filter(({ decision }) => decision === 'keep')
        .map(({ id }) => id),
    );
    there = there.filter(({ id }) => kept.has(id));
    const month = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit' }).format(end - 1);
    months.push({ month, copies: there.length, bytes: there.reduce((sum, { ownBytes }) => sum + ownBytes, 0) });
    at = end;
  }
  return months;
}

/** In order of time. */
function comingCopies(copies: readonly Copy[], now: number, until: number): Copy[] {
  const series = new Map<string, Copy[]>();
  for (const copy of [...copies].sort((a, b) => b.at - a.at)) {
    const name = JSON.stringify([copy.kind, copy.database, copy.label ?? null]);
    const members = series.get(name) ?? [];
    if (members.length < NEWEST_LOOKED_AT) series.set(name, [...members, copy]);
  }
  const coming: Copy[] = [];
  for (const [name, members] of series) {
    const cadence = Cadence.of(members.map(({ at }) => at));
    const [newest] = members;
    if (!cadence || !newest) continue;
    const ownBytes = Math.round(members.reduce((sum, one) => sum + one.ownBytes, 0) / members.length);
    const { kind, database, label, keepForMs } = newest;
    for (let n = 1; coming.length < MADE_AT_MOST; n += 1) {
      const at = cadence.arrival(n, now);
      if (at >= until) break;
      coming.push({ id: `simulated ${name} ${n}`, kind, database, label, keepForMs, at, ownBytes });
    }
  }
  return coming.sort((a, b) => a.at - b.at);
}
