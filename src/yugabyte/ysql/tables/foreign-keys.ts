import { SqlFailed } from '../../errors';
import { quoteIdentifier, quoteQualified, type QualifiedName } from '../session/quote';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';

/** A constraint of a table, to be checked by a query of our own. */
export interface RowCheck {
  /** For messages: `foreign key "…" of public.orders`. */
  name: string;
  table: QualifiedName;
  /** The table that it refers to; absent for a unique key or exclusion. */
  refersTo?: QualifiedName;
  /** Also holds for existing rows; a foreign key that is NOT VALID makes no claim about them. */
  validated: boolean;
  /** `FROM … WHERE …` of the rows that violate it. */
  violators: string;
  /** Locks the referenced rows until the transaction ends. */
  lock?: string;
}

interface Column {
  own: string;
  other: string;
  /** `OPERATOR(pg_catalog.=)`, between the other column and the own one. */
  operator: string;
  /** Casts to the operator's type; null if the column is of that type or the operator accepts any. */
  ownType: string | null;
  otherType: string | null;
  /** Collation of the other column, if it differs from the own one's. */
  collation: string | null;
}

interface UniqueRow extends Record<string, unknown> {
  name: string;
  schema: string;
  table: string;
  columns: string[];
  nulls_too: boolean;
}

interface ExclusionRow extends Record<string, unknown> {
  name: string;
  schema: string;
  table: string;
  /** Predicate of a partial index. */
  predicate: string | null;
  elements: { value: string; operator: string; collation: string | null }[];
}

interface Row extends Record<string, unknown> {
  name: string;
  schema: string;
  table: string;
  other_schema: string;
  other: string;
  other_kind: string;
  full_match: boolean;
  validated: boolean;
  columns: Column[];
}

// A key that refers to a partitioned table also has a row for each partition, with the same owner. Taken alone, those
// rows prove nothing.
const KEYS = `
  SELECT c.conname::text AS name, n.nspname::text AS schema, t.relname::text AS "table", pn.nspname::text AS other_schema, p.relname::text AS other,
         p.relkind::text AS other_kind, c.confmatchtype = 'f' AS full_match, c.convalidated AS validated,
         (SELECT json_agg(json_build_object('own', fa.attname, 'other', pa.attname,
                   'operator', 'OPERATOR(' || quote_ident(opn.nspname) || '.' || o.oprname || ')',
                   'ownType', CASE WHEN rt.typtype <> 'p' AND o.oprright <> fa.atttypid THEN format_type(o.oprright, NULL) END,
                   'otherType', CASE WHEN lt.typtype <> 'p' AND o.oprleft <> pa.atttypid THEN format_type(o.oprleft, NULL) END,
                   'collation', CASE WHEN pa.attcollation <> fa.attcollation AND pa.attcollation <> 0
                                     THEN (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname) FROM pg_collation co
                                             JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = pa.attcollation) END) ORDER BY k.n)
            FROM unnest(c.conkey, c.confkey, c.conpfeqop) WITH ORDINALITY AS k (own, other, op, n)
            JOIN pg_attribute fa ON fa.attrelid = c.conrelid AND fa.attnum = k.own
            JOIN pg_attribute pa ON pa.attrelid = c.confrelid AND pa.attnum = k.other
            JOIN pg_operator o ON o.oid = k.op JOIN pg_namespace opn ON opn.oid = o.oprnamespace
            JOIN pg_type lt ON lt.oid = o.oprleft JOIN pg_type rt ON rt.oid = o.oprright) AS columns
    FROM pg_constraint c
    JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_class p ON p.oid = c.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
   WHERE c.contype = 'f' AND (n.nspname, t.relname) IN (SELECT * FROM unnest($1::text[], $2::text[]))
     AND NOT EXISTS (SELECT 1 FROM pg_constraint up WHERE up.oid = c.conparentid AND up.conrelid = c.conrelid)
   ORDER BY 2, 3, 1`;
// NULLS NOT DISTINCT came with PostgreSQL 15.
const DEFERRABLE = `
  SELECT c.conname::text AS name, n.nspname::text AS schema, t.relname::text AS "table",
         coalesce((SELECT (to_jsonb(x) ->> 'indnullsnotdistinct')::boolean FROM pg_index x WHERE x.indexrelid = c.conindid), false) AS nulls_too,
         ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (num, n)
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num ORDER BY k.n) AS columns
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
   WHERE c.contype IN ('p', 'u') AND c.condeferrable AND (n.nspname, t.relname) IN (SELECT * FROM unnest($1::text[], $2::text[]))
   ORDER BY 2, 3, 1`;

const EXCLUDING = `
  SELECT c.conname::text AS name, n.nspname::text AS schema, t.relname::text AS "table", pg_get_expr(x.indpred, x.indrelid) AS predicate,
         (SELECT json_agg(json_build_object('value', pg_get_indexdef(x.indexrelid, k.n::int, false),
                   'operator', 'OPERATOR(' || quote_ident(opn.nspname) || '.' || o.oprname || ')',
                   'collation', (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname) FROM pg_collation co
                                   JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = k.collated)) ORDER BY k.n)
            FROM unnest(c.conexclop, x.indcollation::oid[]) WITH ORDINALITY AS k (op, collated, n)
            JOIN pg_operator o ON o.oid = k.op JOIN pg_namespace opn ON opn.oid = o.oprnamespace) AS elements
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_index x ON x.indexrelid = c.conindid
   WHERE c.contype = 'x' AND c.condeferrable AND (n.nspname, t.relname) IN (SELECT * FROM unnest($1::text[], $2::text[]))
   ORDER BY 2, 3, 1`;

/**
 * Constraints that a session without triggers does not check in these tables: foreign keys, and deferrable unique keys
 * and exclusions, since deferred checks are done by triggers.
 */
export async function rowChecks(
  sql: SqlConnection,
  database: string,
  tables: readonly QualifiedName[],
  options?: SqlOptions,
): Promise<RowCheck[]> {
  return await sql.use(
    database,
    'look up the foreign keys',
    async (query) => {
      const names = [tables.map(({ schema }) => schema), tables.map(({ name }) => name)];
      const keys = await query<Row>(KEYS, names);
      const unique = await query<UniqueRow>(DEFERRABLE, names);
      const excluding = await query<ExclusionRow>(EXCLUDING, names);
      return [...keys.map(ofForeignKey), ...unique.map(ofUniqueKey), ...excluding.map(ofExclusion)];
    },
    options,
  );
}

function ofForeignKey(row: Row): RowCheck {
  const table = { schema: row.schema, name: row.table };
  const refersTo = { schema: row.other_schema, name: row.other };
  // Rows of inheritance children don't count; those of partitions do.
  const target = `${row.other_kind === 'p' ? '' : 'ONLY '}${quoteQualified(refersTo)}`;
  const own = row.columns.map(({ own: name }) => `own.${quoteIdentifier(name)}`);
  const matches = row.columns.map((column) => {
    const cast = (value: string, type: string | null): string => (type === null ? value : `${value}::${type}`);
    const left = cast(`other.${quoteIdentifier(column.other)}`, column.otherType);
    const right = cast(`own.${quoteIdentifier(column.own)}`, column.ownType);
    return `${left} ${column.operator} ${right}${column.collation === null ? '' : ` COLLATE ${column.collation}`}`;
  });
  const found = `EXISTS (SELECT 1 FROM ${target} AS other WHERE ${matches.join(' AND ')})`;
  const whole = own.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const none = own.map((column) => `${column} IS NULL`).join(' AND ');
  const from = `FROM ONLY ${quoteQualified(table)} AS own WHERE`;
  return {
    name: `foreign key ${quoteIdentifier(row.name)} of ${quoteQualified(table)}`,
    table,
    refersTo,
    validated: row.validated,
    violators: row.full_match
      ? `${from} NOT (${none}) AND NOT (${whole} AND ${found})`
      : `${from} ${whole} AND NOT ${found}`,
    lock: `SELECT pg_catalog.count(*) FROM (SELECT 1 FROM ${target} AS other WHERE EXISTS (SELECT 1 ${from} ${matches.join(' AND ')}) FOR KEY SHARE OF other) AS held`,
  };
}

function ofUniqueKey(row: UniqueRow): RowCheck {
  const table = { schema: row.schema, name: row.table };
  const columns = row.columns.map(quoteIdentifier);
  return {
    name: `unique key ${quoteIdentifier(row.name)} of ${quoteQualified(table)}`,
    table,
    validated: true,
    violators: `FROM ONLY ${quoteQualified(table)} WHERE ${row.nulls_too ? 'true' : columns.map((column) => `${column} IS NOT NULL`).join(' AND ')} GROUP BY ${columns.join(', ')} HAVING pg_catalog.count(*) > 1`,
  };
}

/**
 * Column names in the inner query are the table's, whatever they are; values of the outer query have names of their
 * own.
 */
function ofExclusion(row: ExclusionRow): RowCheck {
  const table = { schema: row.schema, name: row.table };
  const from = `FROM ONLY ${quoteQualified(table)}`;
  const where = row.predicate ?? 'true';
  const values = row.elements.map(({ value }, i) => `(${value}) AS value_${i}`).join(', ');
  const conflicts = row.elements.map(
    ({ value, operator, collation }, i) =>
      `(${value})${collation === null ? '' : ` COLLATE ${collation}`} ${operator} own.value_${i}`,
  );
  return {
    name: `exclusion ${quoteIdentifier(row.name)} of ${quoteQualified(table)}`,
    table,
    validated: true,
    violators: `FROM (SELECT ctid AS place, ${values} ${from} WHERE ${where}) AS own WHERE EXISTS (SELECT 1 ${from} AS kalpa_other WHERE kalpa_other.ctid <> own.place AND (${where}) AND ${conflicts.join(' AND ')})`,
  };
}

/**
 * The number of rows that violate a check, at most a thousand; undefined if a scan of the table did not find them in
 * the time of a statement.
 */
export async function countViolators(
  sql: SqlConnection,
  database: string,
  { name, violators }: RowCheck,
  options?: SqlOptions,
): Promise<number | undefined> {
  const count = `SELECT count(*)::text AS rows FROM (SELECT 1 ${violators} LIMIT 1000) AS found`;
  try {
    const [row] = await sql.use(
      database,
      `check the ${name}`,
      async (query) => await query<{ rows: string }>(count),
      options,
    );
    return Number(row?.rows ?? 0);
  } catch (error) {
    options?.signal?.throwIfAborted();
    if (error instanceof SqlFailed && error.code === '57014') return undefined; // query_canceled
    throw error;
  }
}
