import { quoteQualified, type QualifiedName } from '../session/quote';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';

export interface SequenceValue extends QualifiedName {
  lastValue: string;
  isCalled: boolean;
}

/** A recorded value outside of the sequence's bounds, and what was set instead. */
export interface OutOfBounds extends SequenceValue {
  set: { lastValue: string; isCalled: boolean };
}

/**
 * `setval` accepts no value outside of the bounds, so the nearest bound is set: the last one marked as used, so that
 * the next value is refused or wraps around as it would have; the first one marked as not yet used.
 */
const SET = `
  WITH wanted AS (
    SELECT w.n, w.sequence::regclass AS sequence, w.last_value, w.is_called, s.seqmin, s.seqmax,
           CASE WHEN s.seqincrement > 0 THEN w.last_value > s.seqmax ELSE w.last_value < s.seqmin END AS beyond,
           greatest(s.seqmin, least(s.seqmax, w.last_value)) AS nearest
      FROM unnest($1::text[], $2::int8[], $3::bool[]) WITH ORDINALITY AS w (sequence, last_value, is_called, n)
      LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = w.sequence::regclass
  ), exact AS (
    SELECT n, sequence, nearest AS last_value, nearest <> last_value AS outside,
           CASE WHEN nearest = last_value THEN is_called ELSE beyond END AS is_called FROM wanted
  )
  SELECT n::int AS n, pg_catalog.setval(sequence, last_value, is_called)::text AS last_value, is_called, outside FROM exact`;
const SEQUENCES_PER_STATEMENT = 200;

/**
 * Sets sequences of a database that we created to exactly the recorded values and flags, whatever they are now. Safe to
 * repeat. Returns those whose bounds exclude the recorded value, which happens only if they were altered during the
 * backup.
 */
export async function setSequences(
  sql: SqlConnection,
  database: string,
  values: readonly SequenceValue[],
  options: SqlOptions = {},
): Promise<{ outOfBounds: OutOfBounds[] }> {
  return await sql.use(
    database,
    'set the sequences',
    async (query) => {
      const outOfBounds: OutOfBounds[] = [];
      for (let from = 0; from < values.length; from += SEQUENCES_PER_STATEMENT) {
        const batch = values.slice(from, from + SEQUENCES_PER_STATEMENT);
        const rows = await query<{ n: number; last_value: string; is_called: boolean; outside: boolean }>(SET, [
          batch.map(quoteQualified),
          batch.map(({ lastValue }) => lastValue),
          batch.map(({ isCalled }) => isCalled),
        ]);
        for (const { n, outside, last_value: lastValue, is_called: isCalled } of rows) {
          const value = batch[n - 1];
          if (outside && value) outOfBounds.push({ ...value, set: { lastValue, isCalled } });
        }
      }
      return { outOfBounds };
    },
    { ...options, mutates: true },
  );
}

/** A warning for the result of the run that set them. */
export function outOfBoundsWarning({ schema, name, lastValue, set }: OutOfBounds): string {
  return `The sequence ${schema}.${name} was recorded at ${lastValue}, outside its own bounds: it was altered at that moment. It is now at ${set.lastValue}, the nearest value; check it before it is used.`;
}
