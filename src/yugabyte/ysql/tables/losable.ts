import type { QualifiedName } from '../session/quote';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';

/** What old releases of `ysql_dump` silently leave out of a database's dump. */
export interface Losable {
  /** Except those that YugabyteDB itself creates in a colocated database. */
  tablegroups: string[];
  /** Primary keys with a name other than the default, and their tables. */
  namedKeys: { table: QualifiedName; name: string }[];
}

/** Until 2.9 `pg_tablegroup` (#10190). */
const CATALOGS = `
  SELECT relname::text AS name FROM pg_catalog.pg_class
   WHERE relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND relname IN ('pg_yb_tablegroup', 'pg_tablegroup') ORDER BY 1 DESC`;
/** `default` and `colocation_<oid>`: the tablegroups in which a colocated database keeps its tables. */
const groupsIn = (catalog: string): string =>
  `SELECT grpname::text AS name FROM pg_catalog.${catalog} WHERE grpname !~ '^(default|colocation_(restore_)?[0-9]+)$' ORDER BY 1`;
/** PostgreSQL shortens a default name that would be too long, so such a name does not show whether it was chosen. */
const NAMED_KEYS = `
  SELECT n.nspname::text AS schema, t.relname::text AS "table", k.conname::text AS name
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class t ON t.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
   WHERE k.contype = 'p' AND k.conname <> t.relname || '_pkey' AND octet_length(t.relname || '_pkey') < 64
     AND t.oid >= 16384 AND NOT t.relispartition AND t.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   ORDER BY 1, 2`;

/** Looks up what must be found again in the text of a dump. */
export async function losable(sql: SqlConnection, database: string, options?: SqlOptions): Promise<Losable> {
  return await sql.use(
    database,
    'look up what old releases leave out of a dump',
    async (query) => {
      const [catalog] = await query<{ name: string }>(CATALOGS);
      const groups = catalog ? await query<{ name: string }>(groupsIn(catalog.name)) : [];
      const keys = await query<{ schema: string; table: string; name: string }>(NAMED_KEYS);
      return {
        tablegroups: groups.map(({ name }) => name),
        namedKeys: keys.map(({ schema, table, name }) => ({ table: { schema, name: table }, name })),
      };
    },
    options,
  );
}
