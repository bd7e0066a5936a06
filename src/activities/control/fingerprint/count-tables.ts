import { bareName } from '../../../contract';
import { redact } from '../../../redaction';
import { SqlFailed, type TableReader, type Yugabyte } from '../../../yugabyte';
import type { FingerprintLine } from '../../work-lines';

/** Only this fraction of the time is spent waiting for a locked table. */
const LOCK_WAIT_DIVISOR = 10;
const OVER = 'there was no time left to count it';

export interface Counting {
  database: string;
  level: 'counts' | 'full';
  tables?: string[];
  /** The counts of the first call; what was not counted then is not counted now. */
  earlier?: ReadonlyMap<string, FingerprintLine>;
  /** As of this moment, where the release can read that. */
  readTimeMicros?: string;
  forMs: number;
  signal: AbortSignal;
  onProgress?: (counted: number) => void;
}

/** Returns a line for each table, whatever happens to some of them; fails only when the caller is cancelled. */
export async function fingerprintsOf(yugabyte: Yugabyte, counting: Counting): Promise<FingerprintLine[]> {
  const giveUpAt = Date.now() + counting.forMs;
  return await yugabyte.api(counting.database).reading(bareName(counting.database), async (reader) => {
    const listed = counting.forMs <= 0 ? [] : await listOf(reader, counting).catch(() => []);
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
          const line = await take(reader, table, { ...counting, giveUpAt });
          lines[at] = counting.earlier ? agreed(line, before) : line;
        }
        counting.onProgress?.((counted += 1));
      }
    };
    await Promise.all(Array.from({ length: reader.atOnce }, countOnes));
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

/**
 * Relations with rows, in the order of counting: small tables first. If they can't be listed now they are not counted,
 * and the backup shows that by having no counts.
 */
async function listOf(reader: TableReader, { forMs, signal, tables: chosen }: Counting): Promise<Listed[]> {
  return ((await reader.tables({ timeoutMs: forMs, signal })) ?? [])
    .filter(({ kind }) => kind === 'table' || kind === 'matview')
    .filter(({ name }) => chosen?.includes(name) ?? true)
    .sort((a, b) => a.estimatedRows - b.estimatedRows)
    .map(({ schema, name, populated }) => ({ schema, name, ...(populated ? {} : { notCounted: UNPOPULATED }) }));
}

/** A materialized view that was never refreshed: nothing to count, here or in the restored database. */
export const UNPOPULATED = 'it has no rows until it is refreshed (WITH NO DATA)';

async function take(
  reader: TableReader,
  { schema, name, notCounted }: Listed,
  { giveUpAt, forMs, signal, level, readTimeMicros }: Counting & { giveUpAt: number },
): Promise<FingerprintLine> {
  if (notCounted !== undefined) return { schema, name, notCounted };
  const timeoutMs = giveUpAt - Date.now();
  if (timeoutMs <= 0) return { schema, name, notCounted: OVER };
  const lockTimeoutMs = Math.ceil(forMs / LOCK_WAIT_DIVISOR);
  try {
    const options = { timeoutMs: Math.ceil(timeoutMs), lockTimeoutMs, signal, readTimeMicros };
    const table = { schema, name };
    return level === 'counts'
      ? { ...table, rows: await reader.count(table, options) }
      : { ...table, ...(await reader.digest(table, options)) };
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
