import type { QualifiedName } from '../session/quote';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';

/** A table with a column whose text does not determine its value, so that equal values may have different texts. */
export interface AmbiguousTable extends QualifiedName {
  /** The first such type in it. */
  type: string;
}

/** Their text depends on the session's locale, which the dump does not contain. */
const BY_LOCALE = ['money'];
/**
 * Types whose text is the same in every release of PostgreSQL that YugabyteDB was built from; that of floats changed in
 * 12.
 */
const SAME_IN_ALL = [
  ...['bool', 'int2', 'int4', 'int8', 'oid', 'numeric', 'text', 'varchar', 'bpchar', 'char', 'name', 'bytea', 'uuid'],
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'json', 'jsonb'],
  ...['inet', 'cidr', 'macaddr', 'macaddr8', 'bit', 'varbit'],
];

// Domains, arrays, composites and ranges consist of their inner types; enums are their labels.
const QUERY = `
  WITH RECURSIVE parts (attrelid, attnum, type) AS (
    SELECT a.attrelid, a.attnum, a.atttypid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE a.attnum > 0 AND NOT a.attisdropped AND (n.nspname, c.relname) IN (SELECT * FROM unnest($1::text[], $2::text[]))
    UNION
    SELECT p.attrelid, p.attnum, inner_type.oid FROM parts p JOIN pg_type t ON t.oid = p.type
     CROSS JOIN LATERAL (
       SELECT t.typelem WHERE t.typelem <> 0 UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
       UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
       UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid) AS inner_type (oid)
  )
  SELECT DISTINCT ON (1, 2) n.nspname::text AS schema, c.relname::text AS name, format_type(t.oid, NULL) AS type
    FROM parts p JOIN pg_type t ON t.oid = p.type JOIN pg_namespace tn ON tn.oid = t.typnamespace
    JOIN pg_class c ON c.oid = p.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE (tn.nspname = 'pg_catalog' AND t.typname = ANY ($3::text[]))
      OR ($4 AND t.typtype = 'b' AND NOT (t.typelem <> 0 AND t.typlen = -1) AND NOT (tn.nspname = 'pg_catalog' AND t.typname = ANY ($5::text[])))
   ORDER BY 1, 2, p.attnum`;

/**
 * Those of these tables whose rows can't be compared by their text; more if the other text was printed by another
 * release of PostgreSQL.
 */
export async function tablesWithAmbiguousText(
  sql: SqlConnection,
  database: string,
  tables: readonly QualifiedName[],
  options: SqlOptions & { otherRelease: boolean },
): Promise<AmbiguousTable[]> {
  return await sql.use(
    database,
    'look up the types of the columns',
    async (query) =>
      await query<AmbiguousTable & Record<string, unknown>>(QUERY, [
        tables.map(({ schema }) => schema),
        tables.map(({ name }) => name),
        BY_LOCALE,
        options.otherRelease,
        SAME_IN_ALL,
      ]),
    options,
  );
}
