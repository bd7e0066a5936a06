import type { KeepingRule, Policies, RetentionDecision } from '../contract';
import { given } from '../objects/given';
import { Cadence } from './cadence';
import { startOfLaterPeriod, periodsOf, type PeriodNames } from './calendar';
import { PERIODS, type BackupOrDump, type Period } from './backup-or-dump';
import { durationWords, listWords } from './words';
import { rulesOf, type ClassRules, type RulesOfDatabase } from './rules-of';
import { grouped } from '../objects/grouped';
import { truncateToSecond } from '../objects/texts';

/** The decision about every backup, newest first within a database. */
export interface Plan {
  decisions: RetentionDecision[];
  /** A lower bound of the bytes that the deletions free. */
  freesBytes: number;
}

export interface PlanInput {
  backups: readonly BackupOrDump[];
  policies: Policies;
  /** By the store's clock. */
  now: number;
}

/**
 * Decides about every backup: a pure function of the existing backups, the policy and the time. Whatever the rules say,
 * these stay: what is held or being read, what no known key has signed, the newest one, the last one proved good, the
 * minimum number of backups, and what the recovery window needs.
 */
export function plan({ backups, policies, now }: PlanInput): Plan {
  const timeZone = policies.timeZone ?? 'UTC';
  const marked = byDatabase(backups).flatMap((group) =>
    markDatabase(group, { rules: rulesOf(policies, group[0] as BackupOrDump), now, timeZone }),
  );
  const staying = new Set(marked.filter(({ reasons }) => reasons.length > 0).map(({ backup }) => backup.id));
  const needed = new Map<string, number>();
  for (const { id, refersTo = [] } of backups)
    if (staying.has(id)) for (const one of refersTo) needed.set(one.id, (needed.get(one.id) ?? 0) + one.bytes);
  const decisions = marked.map((one) =>
    decisionOf(one, Math.max(0, one.backup.ownBytes - (needed.get(one.backup.id) ?? 0))),
  );
  const freed = decisions.filter(({ decision }) => decision === 'delete');
  return { decisions, freesBytes: freed.reduce((sum, { freesBytes }) => sum + freesBytes, 0) };
}

interface Reason {
  rule: KeepingRule;
  words: string;
  /** When this rule stops keeping it; undefined: it can't be predicted. */
  until?: number | undefined;
}

interface Marked {
  backup: BackupOrDump;
  reasons: Reason[];
  /** Why it goes, where nothing keeps it. */
  whyDeleted: string;
}

interface PlanContext {
  rules: RulesOfDatabase;
  now: number;
  timeZone: string;
}

function markDatabase(group: readonly BackupOrDump[], around: PlanContext): Marked[] {
  const { rules } = around;
  const backups = newestFirst(group);
  const marks = new Map<BackupOrDump, Reason[]>(backups.map((backup) => [backup, []]));
  const mark = (backup: BackupOrDump | undefined, reason: Reason): void => {
    if (backup) marks.get(backup)?.push(reason);
  };
  for (const backup of backups) for (const reason of ownReasons(backup, around)) mark(backup, reason);
  protect(backups, around, mark);
  const counted = backups.filter(
    (backup) => isGood(backup) && keepForOf(backup, rules.classOf(backup.label)) === undefined,
  );
  for (const members of grouped(counted, ({ label }) => rules.classOf(label).name).values())
    applyRules(members, { ...around, rules: rules.classOf(members[0]?.label) }, mark);
  return backups.map((backup) => ({
    backup,
    reasons: marks.get(backup) ?? [],
    whyDeleted: deletionReason(backup, around),
  }));
}

type Mark = (backup: BackupOrDump | undefined, reason: Reason) => void;

/** Reasons to keep a backup that lie in the backup itself. */
function ownReasons(backup: BackupOrDump, { rules, now }: PlanContext): Reason[] {
  const { notBelieved, hold, leasedUntil, label } = backup;
  const all = rules.classOf(label);
  const reasons: Reason[] = [];
  if (notBelieved !== undefined)
    return [{ rule: 'not believed', words: `nothing is decided about it: ${notBelieved}` }];
  if (hold)
    reasons.push({ rule: 'hold', words: `held${hold.by === undefined ? '' : ` by ${hold.by}`}: ${hold.reason}` });
  if (leasedUntil !== undefined && leasedUntil > now)
    reasons.push({
      rule: 'in use',
      words: `in use by a restore, at the latest until ${instantOf(leasedUntil)}`,
      until: leasedUntil,
    });
  const keepFor = keepForOf(backup, all);
  if (keepFor !== undefined) {
    if (backup.at + keepFor > now)
      reasons.push({ rule: 'keepFor', words: `to be kept for ${durationWords(keepFor)}`, until: backup.at + keepFor });
  } else if (!all.keep && rules.windowMs === undefined)
    reasons.push({ rule: 'no rule', words: 'no rule of the policy applies to it' });
  return reasons;
}

/** What must stay whatever the rules say. `backups`: newest first. */
function protect(backups: readonly BackupOrDump[], { rules, now }: PlanContext, mark: Mark): void {
  const believed = backups.filter(({ notBelieved }) => notBelieved === undefined);
  const good = believed.filter(isGood);
  const cadence = Cadence.of(good.map(({ at }) => at));
  const next = cadence?.arrival(1, now);
  const newest: Reason = { rule: 'newest', words: 'the newest one', until: next };
  mark(believed[0], newest);
  if (good[0] !== believed[0]) mark(good[0], { ...newest, words: 'the newest one that is not known to be damaged' });
  mark(
    good.find(({ proved }) => proved === 'good'),
    { rule: 'last proved good', words: 'the newest one that is proved good' },
  );
  for (const [i, backup] of good.slice(0, rules.minimumCopies).entries())
    if (rules.minimumCopies > 1)
      mark(backup, {
        rule: 'minimum copies',
        words: `one of the ${rules.minimumCopies} that are always left`,
        until: cadence?.arrival(rules.minimumCopies - i, now),
      });
  // A verification may be wrong, and a part of a damaged backup, or a repair, may be all that can still be had.
  const missing = rules.minimumCopies - good.length;
  if (missing > 0)
    for (const backup of believed.filter((one) => !isGood(one)))
      mark(backup, {
        rule: 'minimum copies',
        words:
          good.length === 0
            ? 'damaged, but no undamaged one is left'
            : `damaged, but fewer than ${rules.minimumCopies} undamaged ones are left`,
        until: cadence?.arrival(missing, now),
      });
  const { windowMs } = rules;
  if (windowMs === undefined) return;
  for (const backup of inWindow(good, now - windowMs)) {
    // It is the start of the window until the next one takes its place.
    const after = good[good.indexOf(backup) - 1]?.at ?? next;
    mark(backup, {
      rule: 'recovery window',
      words: `within the recovery window of ${durationWords(windowMs)}`,
      until: after === undefined ? undefined : after + windowMs,
    });
  }
}

/** All younger ones, and the newest of the others. `good`: newest first. */
function inWindow(good: readonly BackupOrDump[], from: number): BackupOrDump[] {
  const older = good.findIndex(({ at }) => at <= from);
  return good.slice(0, older === -1 ? good.length : older + 1);
}

/** Applies the rules to the members of one class, newest first. */
function applyRules(
  members: readonly BackupOrDump[],
  around: Omit<PlanContext, 'rules'> & { rules: ClassRules },
  mark: Mark,
): void {
  const { now, timeZone } = around;
  const keep = around.rules.keep ?? {};
  const cadence = Cadence.of(members.map(({ at }) => at));
  for (const [i, backup] of members.slice(0, keep.last ?? 0).entries())
    mark(backup, {
      rule: 'last',
      words: keep.last === 1 ? 'the last one' : `one of the last ${keep.last}`,
      until: cadence?.arrival((keep.last ?? 0) - i, now),
    });
  const periods = PERIODS.filter((period) => keep[period] !== undefined);
  if (periods.length === 0) return;
  const names = members.map(({ at }) => periodsOf(at, timeZone));
  for (const period of periods) {
    const until = periodEnds({ newest: members[0], names: names[0], period, cadence, now, timeZone });
    const slots = keep[period] ?? 0;
    const seen = new Set<string>();
    for (const [i, backup] of members.entries()) {
      const name = names[i]?.[period] ?? '';
      if (seen.has(name)) continue;
      if (seen.size === slots) break;
      mark(backup, {
        rule: period,
        words: `the newest of ${name.replace(/[+-]\d+$/, (offset) => (period === 'hourly' ? '' : offset))} (${period})`,
        until: until(slots - seen.size, i === 0),
      });
      seen.add(name);
    }
  }
}

/**
 * When a backup stops being kept by a rule by periods: after so many later periods that have a backup, or when its own
 * period gets a newer one.
 */
function periodEnds(given: {
  newest: BackupOrDump | undefined;
  names: PeriodNames | undefined;
  period: Period;
  cadence: Cadence | undefined;
  now: number;
  timeZone: string;
}): (more: number, isNewest: boolean) => number | undefined {
  const { newest, names, period, cadence, now, timeZone } = given;
  if (!cadence || !newest) return () => undefined;
  const first = cadence.arrival(1, now);
  const sameAsNewest = periodsOf(first, timeZone)[period] === names?.[period];
  const begun = new Map<number, number>();
  const nth = (n: number): number => {
    const known = begun.get(n);
    if (known !== undefined) return known;
    const begins = startOfLaterPeriod(first, period, sameAsNewest ? n : n - 1, timeZone);
    const at = Math.max(cadence.firstFrom(begins, now), cadence.arrival(n, now));
    begun.set(n, at);
    return at;
  };
  return (more, isNewest) => (isNewest && sameAsNewest ? first : nth(more));
}

const isGood = ({ notBelieved, proved }: BackupOrDump): boolean => notBelieved === undefined && proved !== 'bad';

const keepForOf = (backup: BackupOrDump, rules: ClassRules): number | undefined => backup.keepForMs ?? rules.keepForMs;

function deletionReason(backup: BackupOrDump, { rules }: PlanContext): string {
  const keepFor = keepForOf(backup, rules.classOf(backup.label));
  if (keepFor !== undefined)
    return `to be kept for ${durationWords(keepFor)}, which ended at ${instantOf(backup.at + keepFor)}`;
  return backup.proved === 'bad' ? 'it is damaged, and there are newer ones' : 'no rule keeps it';
}

function decisionOf({ backup, reasons, whyDeleted }: Marked, freesBytes: number): RetentionDecision {
  const { id, kind, database } = backup;
  const base = { backupId: id, kind, database, rules: reasons.map(({ rule }) => rule), freesBytes };
  if (reasons.length === 0) return { ...base, decision: 'delete', because: whyDeleted };
  const ends = reasons.map(({ until }) => until);
  const latest = ends.every((until) => until !== undefined) ? Math.max(...ends) : undefined;
  return {
    ...base,
    decision: 'keep',
    because: listWords(reasons.map(({ words }) => words)),
    ...given({ goes: latest === undefined ? undefined : instantOf(latest) }),
  };
}

/**
 * What a set of deletions would break, in sentences; empty: nothing. It looks only at the outcome, not at how it was
 * decided, so that it judges manual deletions too, and a mistake in the rules is found before anything is deleted.
 */
export function brokenPromises({ backups, policies, now }: PlanInput, goes: ReadonlySet<string>): string[] {
  return byDatabase(backups).flatMap((group) => {
    const [{ kind, database }] = group as [BackupOrDump];
    const { minimumCopies, windowMs } = rulesOf(policies, { kind, database });
    const good = newestFirst(group).filter(isGood);
    const left = good.filter(({ id }) => !goes.has(id));
    if (left.length === good.length) return [];
    const copies = kind === 'dump' ? `dumps of ${database}` : `backups of ${database}`;
    const broken: string[] = [];
    if (left.length < minimumCopies)
      broken.push(`${left.length} ${copies} would be left, and at least ${minimumCopies} must be kept (minimumCopies)`);
    const needed = windowMs === undefined ? [] : inWindow(good, now - windowMs);
    const missed = needed.filter(({ id }) => goes.has(id));
    if (missed[0])
      broken.push(
        `${missed[0].id} is needed for the recovery window of ${durationWords(windowMs ?? 0)} of ${database} (recoveryWindow)`,
      );
    const proved = good.find((one) => one.proved === 'good');
    if (proved && goes.has(proved.id)) broken.push(`${proved.id} is the last of the ${copies} that is proved good`);
    return broken;
  });
}

const byDatabase = (backups: readonly BackupOrDump[]): BackupOrDump[][] => [
  ...grouped(backups, ({ kind, database }) => `${kind} ${database}`).values(),
];

const newestFirst = (backups: readonly BackupOrDump[]): BackupOrDump[] =>
  [...backups].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0));

const instantOf = (at: number): string => truncateToSecond(new Date(at));
