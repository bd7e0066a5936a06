import { SqlFailed } from '../../errors';
import { quoteIdentifier, quoteQualified, type QualifiedName } from '../session/quote';
import type { Query, SqlConnection, SqlOptions } from '../session/sql-connection';
import { given } from '../../../objects/given';

export interface SequenceState extends QualifiedName {
  /** Decimal text: sequences go up to 2^63 - 1. */
  lastValue: string;
  /** The last value has been used. */
  isCalled: boolean;
  increment: string;
  /** The column that owns it (serial, identity). */
  ownedBy?: {
    schema: string;
    table: string;
    column: string;
    /** Largest value in the column; undefined when empty or not found in time. */
    max?: string;
  };
}

/** Limit for finding the largest value of one owning column, which is a full scan without an index. */
const MAX_OF_COLUMN_MS = 5_000;

interface Row extends Record<string, unknown> {
  schema: string;
  name: string;
  increment: string;
  owner_schema: string | null;
  owner_table: string | null;
  owner_column: string | null;
  integral: boolean | null;
}

const LIST = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, s.seqincrement::text AS increment,
         tn.nspname::text AS owner_schema, t.relname::text AS owner_table, a.attname::text AS owner_column,
         a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype) AS integral
    FROM pg_catalog.pg_sequence s
    JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
          AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
   WHERE c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   ORDER BY 1, 2`;
const SEQUENCES_PER_STATEMENT = 200;

/**
 * Every sequence of a database with its value. Snapshots do not contain sequences, and schema dumps do not contain
 * their values.
 */
export async function readSequences(
  sql: SqlConnection,
  database: string,
  options: SqlOptions = {},
): Promise<SequenceState[]> {
  return await sql.use(
    database,
    'read the sequences',
    async (query) => {
      const rows = await query<Row>(LIST);
      const values = await valuesOf(query, rows);
      const found: SequenceState[] = [];
      for (const [i, row] of rows.entries()) {
        const value = values[i];
        if (!value)
          throw new SqlFailed(
            `read the value of sequence ${quoteQualified(row)}`,
            database,
            undefined,
            'it has no value',
            false,
            'refused',
          );
        const max = row.integral ? await maxOf(query, row) : undefined;
        found.push({
          schema: row.schema,
          name: row.name,
          lastValue: value.last_value,
          isCalled: value.is_called,
          increment: row.increment,
          ...(row.owner_schema !== null && row.owner_table !== null && row.owner_column !== null
            ? {
                ownedBy: {
                  schema: row.owner_schema,
                  table: row.owner_table,
                  column: row.owner_column,
                  ...given({ max }),
                },
              }
            : {}),
        });
      }
      return found;
    },
    options,
  );
}

type Value = { last_value: string; is_called: boolean };

async function valuesOf(query: Query, sequences: QualifiedName[]): Promise<(Value | undefined)[]> {
  const values: (Value | undefined)[] = [];
  for (let from = 0; from < sequences.length; from += SEQUENCES_PER_STATEMENT) {
    const batch = sequences.slice(from, from + SEQUENCES_PER_STATEMENT);
    const parts = batch.map(
      (one, i) => `SELECT ${i} AS n, last_value::text AS last_value, is_called FROM ${quoteQualified(one)}`,
    );
    const rows = await query<Value & { n: number }>(parts.join(' UNION ALL '));
    for (const row of rows) values[from + row.n] = row;
  }
  return values;
}

/** In a transaction of its own, so that its time-out does not end anything else. */
async function maxOf(query: Query, row: Row): Promise<string | undefined> {
  const table = quoteQualified({ schema: row.owner_schema ?? '', name: row.owner_table ?? '' });
  const extreme = row.increment.startsWith('-') ? 'min' : 'max';
  await query('BEGIN READ ONLY');
  try {
    await query(`SET LOCAL statement_timeout = ${MAX_OF_COLUMN_MS}`);
    const [found] = await query<{ value: string | null }>(
      `SELECT ${extreme}(${quoteIdentifier(row.owner_column ?? '')})::text AS value FROM ${table}`,
    );
    return found?.value ?? undefined;
  } catch (error) {
    if ((error as { code?: string }).code === '57014') return undefined; // query_canceled: not found in time
    throw error;
  } finally {
    await query('ROLLBACK');
  }
}
