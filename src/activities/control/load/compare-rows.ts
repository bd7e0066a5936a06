import { redact } from '../../../redaction';
import type { DumpPart } from '../../../repository';
import { runAll, stoppable } from '../../../transfer';
import { CONNECTIONS_THAT_COUNT, shownName, type Ysql } from '../../../yugabyte';
import { addTo } from '../../../objects/grouped';
import { firstOf } from '../../../objects/texts';

export interface RowsToCompare {
  database: string;
  /** `someOnly`: the table belongs to an extension, and the dump has only the rows added to it. */
  tables: readonly (DumpPart['tables'][number] & { someOnly: boolean })[];
  /** Absent in a dump without digests. */
  rowText: DumpPart['rowText'];
  /** Time for all of them; comparing values may take the first half. */
  forMs: number;
  signal: AbortSignal;
  onProgress?: (rows: number) => void;
}

export interface ComparedTable {
  name: string;
  byValue: boolean;
  /** Why its values were not compared. */
  reason?: string;
  problem?: string;
}

const NO_DIGESTS = 'the dump was made without digests';
const SOME_ONLY = 'the table belongs to an extension, and the dump has only the rows that were added to it';
const OVER = 'there was no time left to read them';

/**
 * Compares the rows of each table with what the dump recorded: by the digest of their text, read again as the dump
 * printed it; by their count alone where that is not possible. Fails only when a table can't even be counted.
 */
export async function compareRows(source: Ysql, comparison: RowsToCompare): Promise<ComparedTable[]> {
  const began = Date.now();
  return await source.keeping(async (sql) => {
    const unlike = await ambiguousTables(sql, comparison);
    let rows = 0;
    const { signal, failed } = stoppable(comparison.signal);
    return await runAll(comparison.tables, CONNECTIONS_THAT_COUNT, failed, async (table) => {
      signal.throwIfAborted();
      const name = shownName(table);
      const left = (part: number): number => Math.ceil(began + comparison.forMs * part - Date.now());
      const read = await readAgain(sql, comparison, { table, why: unlike(name), timeoutMs: left(1 / 2), signal });
      signal.throwIfAborted();
      const found =
        'rows' in read
          ? read
          : { rows: await sql.countRows(comparison.database, table, { timeoutMs: Math.max(left(1), 1_000), signal }) };
      const { rows: recorded = 0 } = table;
      comparison.onProgress?.((rows += recorded));
      const enough = table.someOnly ? found.rows >= recorded : found.rows === recorded;
      return {
        name,
        byValue: 'rows' in read,
        ...('reason' in read ? { reason: read.reason } : {}),
        ...(!enough
          ? { problem: `${name} has ${found.rows} rows, the dump has ${recorded}` }
          : 'digest' in found && found.digest !== table.digest
            ? { problem: `${name} has the recorded ${recorded} rows, with other values` }
            : {}),
      };
    });
  });
}

/** For the result: which tables were compared by count alone, by reason. */
export function comparedByCount(compared: readonly ComparedTable[], dumpId: string): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of compared) if (reason !== undefined) addTo(byReason, reason, name);
  return [...byReason].map(([reason, names]) =>
    reason === NO_DIGESTS
      ? `${dumpId} was made without digests of its rows: only row counts could be compared with it.`
      : `Only row counts were compared, since ${reason}: ${firstOf(names, 20)}.`,
  );
}

interface Reading {
  table: RowsToCompare['tables'][number];
  why: string | undefined;
  timeoutMs: number;
  signal: AbortSignal;
}

async function readAgain(
  sql: Ysql,
  { database, rowText }: RowsToCompare,
  { table, why, timeoutMs, signal }: Reading,
): Promise<{ rows: number; digest: string } | { reason: string }> {
  const { columns, digest } = table;
  if (!rowText || digest === undefined || columns === undefined) return { reason: NO_DIGESTS };
  if (table.someOnly) return { reason: SOME_ONLY };
  if (why !== undefined) return { reason: why };
  if (timeoutMs <= 0) return { reason: OVER };
  try {
    const { encoding } = rowText;
    return await sql.digestRows(database, { table, columns, encoding }, { timeoutMs, signal });
  } catch (error) {
    return { reason: `they could not be read (${redact(error instanceof Error ? error.message : String(error))})` };
  }
}

/** Why the values of a table can't be compared by their text, by table name. */
async function ambiguousTables(
  sql: Ysql,
  { database, tables, rowText, signal }: RowsToCompare,
): Promise<(name: string) => string | undefined> {
  if (!rowText) return () => undefined;
  const serverVersion = await sql.serverVersion({ signal });
  const [here, there] = [serverVersion, rowText.serverVersion].map((version) => Number.parseInt(version, 10));
  const otherRelease = here !== there;
  const types = new Map(
    (await sql.unlikeTexts(database, tables, { otherRelease, signal })).map((one) => [shownName(one), one.type]),
  );
  return (name) => {
    const type = types.get(name);
    if (type === undefined) return undefined;
    return otherRelease
      ? `PostgreSQL ${there}, which printed them, may print ${type} differently from PostgreSQL ${here} here`
      : `${type} is printed according to the locale of each session`;
  };
}
