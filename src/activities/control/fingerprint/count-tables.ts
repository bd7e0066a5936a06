import { apiOf, bareName } from '../../../contract';
import { redact } from '../../../redaction';
import { SqlFailed, type Yugabyte } from '../../../yugabyte';
import type { FingerprintLine } from '../../work-lines';
import { keyspaceTables } from '../run/keyspace-tables';

/** At once: enough that one slow table doesn't stop the others, few enough for a cluster at work. */
export const CONNECTIONS_THAT_COUNT = 4;
/** A locked table is waited for this part of the time only. */
const PART_FOR_A_LOCK = 10;
const OVER = 'the time for counting was over';

export interface Counting {
  database: string;
  level: 'counts' | 'full';
  tables?: string[];
  /** What was counted before; what wasn't then, isn't now. */
  earlier?: ReadonlyMap<string, FingerprintLine>;
  /** YSQL, where the release has it: as of this moment. */
  readTimeMicros?: string;
  forMs: number;
  signal: AbortSignal;
  onProgress?: (counted: number) => void;
}

/** A line a table, whatever happens to some of them; fails only when the caller is cancelled. */
export async function fingerprintsOf(yugabyte: Yugabyte, counting: Counting): Promise<FingerprintLine[]> {
  const giveUpAt = Date.now() + counting.forMs;
  return await withSource(yugabyte, counting, async (source) => {
    const listed = counting.forMs <= 0 ? [] : await source.list(counting.forMs).catch(() => []);
    const lines: FingerprintLine[] = [];
    let next = 0;
    let counted = 0;
    const countOnes = async (): Promise<void> => {
      while (next < listed.length) {
        counting.signal.throwIfAborted();
        const at = next++;
        const table = listed[at] as Listed;
        const before = counting.earlier?.get(keyOf(table));
        if (counting.earlier && before?.notCounted !== undefined) lines[at] = before;
        else {
          const line = await take(source, table, { ...counting, giveUpAt });
          lines[at] = counting.earlier ? agreed(line, before) : line;
        }
        counting.onProgress?.((counted += 1));
      }
    };
    await Promise.all(Array.from({ length: source.atOnce }, countOnes));
    counting.signal.throwIfAborted();
    return lines;
  });
}

export const keyOf = ({ schema, name }: { schema: string; name: string }): string => `${schema}.${name}`;

interface Listed {
  schema: string;
  name: string;
  /** Known before counting: why it can't be counted. */
  notCounted?: string;
}

interface Limits {
  timeoutMs: number;
  lockTimeoutMs: number;
  signal: AbortSignal;
}

/** The tables of a database in the order in which they are counted, and how one is. */
interface Source {
  atOnce: number;
  list(timeoutMs: number): Promise<Listed[]>;
  count(table: { schema: string; name: string }, limits: Limits): Promise<{ rows: number; digest?: string }>;
}

/** What can't be listed now is not counted, and the backup says so by having no counts. */
async function withSource<T>(
  yugabyte: Yugabyte,
  { database, level, tables, signal, readTimeMicros }: Counting,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const name = bareName(database);
  if (apiOf(database) === 'ysql')
    return await yugabyte.sql.keeping(
      async (sql) =>
        await work({
          atOnce: CONNECTIONS_THAT_COUNT,
          list: async (timeoutMs) =>
            (await sql.createdRelationsWithStorage(name, { timeoutMs, signal }))
              .filter(({ kind }) => kind === 'table' || kind === 'matview')
              .sort((a, b) => a.estimatedRows - b.estimatedRows)
              .map(({ schema, name: table, populated }) => ({
                schema,
                name: table,
                ...(populated ? {} : { notCounted: UNPOPULATED }),
              })),
          count: async (table, limits) => {
            const asked = { ...limits, ...(readTimeMicros === undefined ? {} : { readTimeMicros }) };
            return level === 'counts'
              ? { rows: await sql.countRows(name, table, asked) }
              : await sql.fingerprintTable(name, table, asked);
          },
        }),
    );
  const { cql } = yugabyte;
  return await work({
    atOnce: 1, // a process each
    list: async () =>
      ((await keyspaceTables(yugabyte, name)) ?? [])
        .filter((table) => !table.index && (tables?.includes(table.name) ?? true))
        .map((table) => ({ schema: '', name: table.name })),
    count: async (table, { timeoutMs }) =>
      level === 'counts'
        ? { rows: await cql.countRows(name, table.name, { timeoutMs, signal }) }
        : await cql.fingerprintTable({ keyspace: name, table: table.name, timeoutMs, signal }),
  });
}

/** Of a materialized view: there is nothing to count, here and in what is restored. */
export const UNPOPULATED = 'it holds no rows until it is refreshed (WITH NO DATA)';

async function take(
  source: Source,
  { schema, name, notCounted }: Listed,
  { giveUpAt, forMs, signal }: Counting & { giveUpAt: number },
): Promise<FingerprintLine> {
  if (notCounted !== undefined) return { schema, name, notCounted };
  const timeoutMs = giveUpAt - Date.now();
  if (timeoutMs <= 0) return { schema, name, notCounted: OVER };
  const lockTimeoutMs = Math.ceil(forMs / PART_FOR_A_LOCK);
  try {
    const limits = { timeoutMs: Math.ceil(timeoutMs), lockTimeoutMs, signal };
    return { schema, name, ...(await source.count({ schema, name }, limits)) };
  } catch (error) {
    if (error instanceof SqlFailed && error.code === '55P03')
      return { schema, name, notCounted: `another session held a lock on it for ${lockTimeoutMs / 1000} s` };
    if (Date.now() >= giveUpAt) return { schema, name, notCounted: OVER };
    return { schema, name, notCounted: redact(error instanceof Error ? error.message : String(error)) };
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
