import type { FingerprintLine } from '../../work-lines';
import { keyOf } from './count-tables';

/** Which of the counted figures hold for the snapshot. */

export interface TableOfSnapshot {
  tablets: readonly string[];
}

const REPLACED = 'it was truncated, refreshed or rewritten after the snapshot was taken';
const SCHEMA = 'the schema was changed after the snapshot was taken';
export const BUSY = 'rows may have been inserted and deleted while the snapshot was taken';
export const EXPIRING = 'its rows have a time to live (default_time_to_live) and expire on their own';

/**
 * For figures read as of the snapshot's time. Such a read must not cross DDL (the manual of `yb_read_time` says so; the
 * server does not always): a table with new storage reads as empty, and a new schema prints rows differently.
 */
export function readAtSnapshot(
  counted: readonly FingerprintLine[],
  seen: {
    storageBefore: ReadonlyMap<string, string | undefined>;
    storageAfter: ReadonlyMap<string, string>;
    sameSchema: boolean;
  },
): FingerprintLine[] {
  return counted.map((line) => {
    if (line.notCounted !== undefined) return line;
    const { schema, name } = line;
    const storage = seen.storageBefore.get(keyOf(line));
    if (storage === undefined || storage !== seen.storageAfter.get(keyOf(line)))
      return { schema, name, notCounted: REPLACED };
    return seen.sameSchema ? line : { schema, name, notCounted: SCHEMA };
  });
}

/** For figures that were the same before and after the snapshot. */
export function unchangedAroundSnapshot(
  counted: readonly FingerprintLine[],
  seen: {
    tables: ReadonlyMap<string, TableOfSnapshot>;
    quiet: ReadonlySet<string>;
    expiring: ReadonlySet<string>;
  },
): FingerprintLine[] {
  return counted.map((line) => {
    if (line.notCounted !== undefined) return line;
    if (seen.expiring.has(keyOf(line))) return { ...line, approximate: EXPIRING };
    const tablets = seen.tables.get(keyOf(line))?.tablets ?? [];
    const quiet = tablets.length > 0 && tablets.every((tablet) => seen.quiet.has(tablet));
    return quiet ? line : { ...line, approximate: BUSY };
  });
}
