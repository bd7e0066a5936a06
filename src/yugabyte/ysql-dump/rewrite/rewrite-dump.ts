import { DumpRefused } from '../../errors';
import { applied } from './edits';
import { leftOut, type LeaveOut } from './left-out';
import { DatabaseRenaming } from './rename-database';
import { scanSql, UnfinishedSql, type Statement } from '../scan/scan-sql';

export interface RewriteOptions {
  /** The name inside the dump and the name to load it under. */
  rename: { from: string; to: string };
  leaveOut?: LeaveOut;
}

export interface RewrittenDump {
  dump: string;
  /** Places where the name was changed. */
  changed: number;
  /** What contains the old name as a constant, and keeps it. */
  constants: string[];
  /** What was left out besides owners and privileges. */
  losses: string[];
}

/** A schema dump that can be loaded under another name. Fails with `DumpRefused`. */
export function rewriteDump(dump: string, { rename, leaveOut = {} }: RewriteOptions): RewrittenDump {
  const statements = scanned(dump);
  const renaming = new DatabaseRenaming(rename.from, rename.to);
  const edits = renaming.edits(dump, statements);
  renaming.end();
  const left = leftOut(statements, leaveOut);
  return {
    dump: applied(dump, [...edits, ...left.edits]),
    changed: edits.length,
    constants: renaming.constants,
    losses: left.losses,
  };
}

function scanned(dump: string): Statement[] {
  try {
    return scanSql(dump);
  } catch (error) {
    if (error instanceof UnfinishedSql)
      throw new DumpRefused(
        error.line,
        `${error.message.slice(0, 1).toLowerCase()}${error.message.slice(1, -1)}; the dump is cut short`,
      );
    throw error;
  }
}
