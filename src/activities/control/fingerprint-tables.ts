import { apiOf, bareName } from '../../contract';
import { getWorkList, putWorkList } from '../../repository';
import type { Yugabyte } from '../../yugabyte';
import { showProgress } from '../activity-signs';
import type { ListRef } from '../shapes';
import { fingerprintLine, type FingerprintLine } from '../work-lines';
import type { ControlDependencies } from './dependencies';
import { keyspaceTables } from './keyspace-tables';
import type { BackupIdentity } from './open-backup';

export interface FingerprintTablesInput {
  backup: BackupIdentity;
  level: 'counts' | 'full';
  /** Of a keyspace: only these. */
  tables?: string[];
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
    tables,
    before,
  }: FingerprintTablesInput): Promise<{ fingerprint: ListRef }> {
    const source = sourceOf(yugabyte(), backup.database, tables);
    const giveUpAt = Date.now() + timing.fingerprintDeadline;
    const earlier = new Map(
      (before ? await getWorkList(repository, before, fingerprintLine) : []).map((line) => [
        `${line.schema}.${line.name}`,
        line,
      ]),
    );
    const lines: FingerprintLine[] = [];
    for (const { schema, name } of await source.list().catch(() => [])) {
      const line = await take(source, { schema, name, level, giveUpAt });
      lines.push(before ? agreed(line, earlier.get(`${schema}.${name}`)) : line);
      showProgress({ counted: lines.length });
    }
    const name = `fingerprint-${before ? 'agreed' : 'before'}-${backup.backupId.slice(-6)}`;
    return {
      fingerprint: await putWorkList(repository, { workflowId: backup.chain.workflowId, name, lines, bytes: 0 }),
    };
  };
}

interface Counted {
  rows: number;
  digest?: string;
}

/** The tables of a database in the order in which they are counted, and how one is. */
interface Source {
  list(): Promise<{ schema: string; name: string }[]>;
  count(table: { schema: string; name: string }, level: 'counts' | 'full', timeoutMs: number): Promise<Counted>;
}

/** What can't be listed now is not counted, and the backup says so by having no counts. */
function sourceOf(yugabyte: Yugabyte, database: string, tables: readonly string[] | undefined): Source {
  const name = bareName(database);
  const { sql, cql } = yugabyte;
  if (apiOf(database) === 'ysql')
    return {
      list: async () =>
        (await sql.createdRelationsWithStorage(name))
          .filter(({ kind }) => kind === 'table' || kind === 'matview')
          .sort((a, b) => a.estimatedRows - b.estimatedRows),
      count: async (table, level, timeoutMs) =>
        level === 'counts'
          ? { rows: await sql.countRows(name, table, { timeoutMs }) }
          : await sql.fingerprintTable(name, table, { timeoutMs }),
    };
  return {
    list: async () =>
      ((await keyspaceTables(yugabyte, name)) ?? [])
        .filter((table) => !table.index && (tables?.includes(table.name) ?? true))
        .map((table) => ({ schema: '', name: table.name })),
    count: async (table, level, timeoutMs) =>
      level === 'counts'
        ? { rows: await cql.countRows(name, table.name, { timeoutMs }) }
        : await cql.fingerprintTable({ keyspace: name, table: table.name, timeoutMs }),
  };
}

async function take(
  source: Source,
  table: { schema: string; name: string; level: 'counts' | 'full'; giveUpAt: number },
): Promise<FingerprintLine> {
  const { schema, name } = table;
  const leftMs = table.giveUpAt - Date.now();
  if (leftMs <= 0) return { schema, name, notCounted: 'the time for counting was over' };
  try {
    return { schema, name, ...(await source.count({ schema, name }, table.level, leftMs)) };
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
