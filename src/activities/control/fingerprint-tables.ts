import { bareName } from '../../contract';
import { getWorkList, putWorkList } from '../../repository';
import { showProgress } from '../activity-signs';
import type { ListRef } from '../shapes';
import { fingerprintLine, type FingerprintLine } from '../work-lines';
import type { ControlDependencies } from './dependencies';
import type { BackupIdentity } from './open-backup';

export interface FingerprintTablesInput {
  backup: BackupIdentity;
  level: 'counts' | 'full';
  /** What was counted before the snapshot; only what agrees with it is recorded. */
  before?: ListRef;
}

/**
 * Counts rows (or digests them), small tables first, until the deadline; the rest is `notCounted`. Never fails a
 * backup: what can't be counted carries the reason.
 */
export function makeFingerprintTables({ yugabyte, repository, timing }: ControlDependencies) {
  return async function fingerprintTables({
    backup,
    level,
    before,
  }: FingerprintTablesInput): Promise<{ fingerprint: ListRef }> {
    const { sql } = yugabyte();
    const database = bareName(backup.database);
    const giveUpAt = Date.now() + timing.fingerprintDeadline;
    const earlier = new Map(
      (before ? await getWorkList(repository, before, fingerprintLine) : []).map((line) => [
        `${line.schema}.${line.name}`,
        line,
      ]),
    );
    const lines: FingerprintLine[] = [];
    for (const { schema, name } of await tablesOf(sql, database)) {
      const line = await take(sql, { database, schema, name, level, giveUpAt });
      lines.push(before ? agreed(line, earlier.get(`${schema}.${name}`)) : line);
      showProgress({ counted: lines.length });
    }
    const name = `fingerprint-${before ? 'agreed' : 'before'}-${backup.backupId.slice(-6)}`;
    return {
      fingerprint: await putWorkList(repository, { workflowId: backup.chain.workflowId, name, lines, bytes: 0 }),
    };
  };
}

type Sql = ReturnType<ControlDependencies['yugabyte']>['sql'];

async function tablesOf(sql: Sql, database: string): Promise<{ schema: string; name: string }[]> {
  try {
    const relations = await sql.createdRelationsWithStorage(database);
    return relations
      .filter(({ kind }) => kind === 'table' || kind === 'matview')
      .sort((a, b) => a.estimatedRows - b.estimatedRows);
  } catch {
    return []; // unreadable now: nothing is counted, and the backup says so by having no counts
  }
}

async function take(
  sql: Sql,
  table: { database: string; schema: string; name: string; level: 'counts' | 'full'; giveUpAt: number },
): Promise<FingerprintLine> {
  const { database, schema, name } = table;
  const leftMs = table.giveUpAt - Date.now();
  if (leftMs <= 0) return { schema, name, notCounted: 'the time for counting was over' };
  try {
    if (table.level === 'counts')
      return { schema, name, rows: await sql.countRows(database, { schema, name }, { timeoutMs: leftMs }) };
    const { rows, digest } = await sql.fingerprintTable(database, { schema, name }, { timeoutMs: leftMs });
    return { schema, name, rows, digest };
  } catch (error) {
    return { schema, name, notCounted: error instanceof Error ? error.message : String(error) };
  }
}

function agreed(now: FingerprintLine, before: FingerprintLine | undefined): FingerprintLine {
  const { schema, name } = now;
  if (now.notCounted !== undefined) return now;
  if (!before || before.rows !== now.rows || before.digest !== now.digest) {
    return { schema, name, notCounted: 'it was written to while the snapshot was taken' };
  }
  return now;
}
