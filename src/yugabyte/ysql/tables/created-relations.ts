import type { QualifiedName } from '../session/quote';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';

export interface CreatedRelation extends QualifiedName {
  kind: 'table' | 'partitionedTable' | 'matview' | 'index' | 'partitionedIndex';
  /** The index of a primary key, which YugabyteDB stores in the table itself. */
  primaryKey: boolean;
  /**
   * Created by an extension: dumps without YugabyteDB's metadata, and those of 2.6, contain only `CREATE EXTENSION` for
   * it.
   */
  ofExtension: boolean;
  /** Has rows that can be read; a materialized view created WITH NO DATA has none. */
  populated: boolean;
  /** Identifies its storage, which TRUNCATE, REFRESH and other commands that rewrite it replace. */
  storage: string;
  /** The planner's estimate; -1 or 0 if there are no statistics. */
  estimatedRows: number;
}

const KINDS: Readonly<Record<string, CreatedRelation['kind']>> = {
  r: 'table',
  p: 'partitionedTable',
  m: 'matview',
  i: 'index',
  I: 'partitionedIndex',
};

const QUERY = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS relkind,
         coalesce(x.indisprimary, false) AS primary_key, c.reltuples::float8 AS estimated_rows,
         c.relispopulated AS populated, c.oid::text || '/' || c.relfilenode::text AS storage,
         EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                 AND d.objid = coalesce(x.indrelid, c.oid) AND d.deptype = 'e') AS of_extension
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid
   WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND c.relpersistence <> 't' AND c.oid >= 16384
     AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   ORDER BY 1, 2`;

/** Relations with storage that users or extensions created, of one database. */
export async function createdRelationsWithStorage(
  sql: SqlConnection,
  database: string,
  options?: SqlOptions,
): Promise<CreatedRelation[]> {
  return await sql.use(
    database,
    'list the relations',
    async (query) => {
      const rows = await query<{
        schema: string;
        name: string;
        relkind: string;
        primary_key: boolean;
        of_extension: boolean;
        estimated_rows: number;
        populated: boolean;
        storage: string;
      }>(QUERY);
      return rows.map((row) => ({
        schema: row.schema,
        name: row.name,
        kind: KINDS[row.relkind] ?? 'table',
        primaryKey: row.primary_key,
        ofExtension: row.of_extension,
        estimatedRows: row.estimated_rows,
        populated: row.populated,
        storage: row.storage,
      }));
    },
    options,
  );
}
