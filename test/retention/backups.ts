import type { RetentionDecision } from '../../src/contract';
import type { BackupOrDump, Plan } from '../../src/retention';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const NOW = Date.parse('2026-11-28T12:00:00Z');

/** A backup of a database at a moment. */
export const backupAt = (at: string | number, more: Partial<BackupOrDump> = {}): BackupOrDump => {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  const id = `${more.kind ?? 'backup'}-${more.database ?? 'ysql.orders'}-${new Date(ms).toISOString()}`;
  return { id, kind: 'backup', database: 'ysql.orders', at: ms, ownBytes: 100, ...more };
};

/** So many, the newest at `NOW`. */
export const series = (n: number, everyMs: number, more: Partial<BackupOrDump> = {}): BackupOrDump[] =>
  Array.from({ length: n }, (_, i) => backupAt(NOW - i * everyMs, more));

export const decisionOf = ({ decisions }: Plan, { id }: BackupOrDump): RetentionDecision => {
  const found = decisions.find((one) => one.backupId === id);
  if (!found) throw new Error(`nothing is decided about ${id}`);
  return found;
};

/** Moments of what is kept, newest first. */
export const keptAt = ({ decisions }: Plan, backups: readonly BackupOrDump[]): string[] =>
  backups
    .filter(({ id }) => decisions.some((one) => one.backupId === id && one.decision === 'keep'))
    .sort((a, b) => b.at - a.at)
    .map(({ at }) => new Date(at).toISOString().replace(':00.000Z', 'Z'));
