import { quoteQualified, type QualifiedName } from './quote';
import type { SqlConnection, SqlOptions } from './sql-connection';

export interface SequenceValue extends QualifiedName {
  lastValue: string;
  isCalled: boolean;
}

/**
 * Moves sequences of a database on to recorded values, never back: one that already stands further (in the direction of its
 * increment) stays. Safe to repeat. Returns how many were moved.
 */
export async function setSequences(
  sql: SqlConnection,
  database: string,
  values: readonly SequenceValue[],
  options: SqlOptions = {},
): Promise<{ moved: number }> {
  return await sql.use(
    database,
    'set the sequences',
    async (query) => {
      let moved = 0;
      for (const value of values) {
        const sequence = quoteQualified(value);
        const rows = await query(
          `SELECT pg_catalog.setval($1::regclass, $2::int8, $3::bool)
           FROM ${sequence} AS now, (SELECT sign(seqincrement)::int8 AS direction FROM pg_catalog.pg_sequence WHERE seqrelid = $1::regclass) AS d
          WHERE $2::numeric * direction > now.last_value::numeric * direction OR ($2::int8 = now.last_value AND $3::bool AND NOT now.is_called)`,
          [sequence, value.lastValue, value.isCalled],
        );
        moved += rows.length;
      }
      return { moved };
    },
    { ...options, mutates: true },
  );
}

/** One sequence of `setSequences`. */
export async function setSequence(
  sql: SqlConnection,
  database: string,
  value: SequenceValue,
  options?: SqlOptions,
): Promise<{ moved: boolean }> {
  return { moved: (await setSequences(sql, database, [value], options)).moved > 0 };
}
