import type { QualifiedName } from '../session/quote';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';
import { addTo } from '../../../objects/grouped';

/** How a table is related to others. */
export interface TableLinks extends QualifiedName {
  /** The tables that it is a partition or inheritance child of, nearest first. */
  partOf: QualifiedName[];
  /** Targets of its foreign keys, except itself. */
  refersTo: QualifiedName[];
}

const NAMES = `
  SELECT c.oid::text AS oid, n.nspname::text AS schema, c.relname::text AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.oid >= 16384 AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   ORDER BY 2, 3`;
const PARENTS =
  'SELECT inhrelid::text AS child, inhparent::text AS parent FROM pg_catalog.pg_inherits ORDER BY inhseqno';
const KEYS = `
  SELECT DISTINCT conrelid::oid::text AS owner, confrelid::oid::text AS target FROM pg_catalog.pg_constraint
   WHERE contype = 'f' AND conrelid <> confrelid ORDER BY 1, 2`;

/** For every table that is a part of another one or refers to one. */
export async function tableLinks(sql: SqlConnection, database: string, options?: SqlOptions): Promise<TableLinks[]> {
  return await sql.use(
    database,
    'look up how the tables are related',
    async (query) => {
      const tables = await query<{ oid: string; schema: string; name: string }>(NAMES);
      const named = new Map(tables.map(({ oid, schema, name }) => [oid, { schema, name }]));
      const parents = new Map<string, string[]>();
      for (const { child, parent } of await query<{ child: string; parent: string }>(PARENTS))
        addTo(parents, child, parent);
      const targets = new Map<string, string[]>();
      for (const { owner, target } of await query<{ owner: string; target: string }>(KEYS))
        addTo(targets, owner, target);
      const names = (oids: Iterable<string>): QualifiedName[] => [...oids].flatMap((oid) => named.get(oid) ?? []);
      const links = tables.map(({ oid, schema, name }) => {
        const above = new Set(parents.get(oid));
        // Iterating a set includes elements added meanwhile.
        for (const one of above) for (const parent of parents.get(one) ?? []) above.add(parent);
        return { schema, name, partOf: names(above), refersTo: names(targets.get(oid) ?? []) };
      });
      return links.filter(({ partOf, refersTo }) => partOf.length + refersTo.length > 0);
    },
    options,
  );
}
