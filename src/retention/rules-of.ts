import { checkedDurationMs, type KeepRules, type Policies } from '../contract';
import type { BackupOrDump } from './backup-or-dump';

/** The rules for one database, or for its dumps. */
export interface RulesOfDatabase {
  minimumCopies: number;
  windowMs?: number | undefined;
  /** The maximum age of the newest proved restore. */
  rehearsedWithinMs: number;
  /** The rules of a label, or of everything without rules of its own. */
  classOf: (label: string | undefined) => ClassRules;
}

export interface ClassRules {
  /** Backups with the same name are counted together. */
  name: string;
  keep?: KeepRules | undefined;
  keepForMs?: number | undefined;
}

/** The rules for one database: the policy, overridden by `ysql.*`, overridden by the database's own. */
export function rulesOf(
  policies: Policies,
  { kind, database }: Pick<BackupOrDump, 'kind' | 'database'>,
): RulesOfDatabase {
  if (kind === 'dump') {
    const { keep, keepFor, minimumCopies = 1 } = policies.dumps ?? {};
    return { minimumCopies, rehearsedWithinMs: WEEK_MS, classOf: () => ({ name: '', keep, keepForMs: msOf(keepFor) }) };
  }
  const own = policies.databases ?? {};
  const all = { ...policies, ...own[`${database.split('.', 1)[0]}.*`], ...own[database] };
  const labels = all.labels ?? {};
  return {
    minimumCopies: all.minimumCopies ?? 1,
    windowMs: msOf(all.recoveryWindow),
    rehearsedWithinMs: msOf(all.rehearsedWithin) ?? WEEK_MS,
    classOf: (label) => {
      const rules = label === undefined || !Object.hasOwn(labels, label) ? undefined : labels[label];
      return rules && label !== undefined
        ? { name: label, keep: rules.keep, keepForMs: msOf(rules.keepFor) }
        : { name: '', keep: all.keep, keepForMs: msOf(all.keepFor) };
    },
  };
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

const msOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : checkedDurationMs(text);
