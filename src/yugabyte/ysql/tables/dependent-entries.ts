import type { DumpEntry } from '../../ysql-dump/rewrite/dump-entries';
import type { Query } from '../session/sql-connection';
import { addTo } from '../../../objects/grouped';

/** Each kind of independent object, with its entry's name in pg_dump. `$1`: the oids. */
const ENTRIES: Readonly<Record<string, { catalog: string; query: string }>> = {
  routine: {
    catalog: 'pg_proc',
    query: `SELECT CASE p.prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS type, n.nspname::text AS schema,
                   p.proname || '(' || coalesce((SELECT string_agg(format_type(a.type, NULL), ', ' ORDER BY a.n)
                     FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, n)), CASE WHEN p.prokind = 'a' THEN '*' ELSE '' END) || ')' AS tag,
                   p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS "full"
              FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = ANY ($1::oid[])`,
  },
  type: {
    catalog: 'pg_type',
    query: `SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END AS type, n.nspname::text AS schema, t.typname::text AS tag
              FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
             WHERE t.oid = ANY ($1::oid[]) AND (t.typtype IN ('d', 'e', 'r') OR t.typtype = 'c' AND c.relkind = 'c')`,
  },
  cast: {
    catalog: 'pg_cast',
    query: `SELECT 'CAST' AS type, '-' AS schema, 'CAST (' || format_type(castsource, NULL) || ' AS ' || format_type(casttarget, NULL) || ')' AS tag
              FROM pg_cast WHERE oid = ANY ($1::oid[])`,
  },
  statistics: {
    catalog: 'pg_statistic_ext',
    query: `SELECT 'STATISTICS' AS type, n.nspname::text AS schema, s.stxname::text AS tag
              FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.oid = ANY ($1::oid[])`,
  },
  eventTrigger: {
    catalog: 'pg_event_trigger',
    query: `SELECT 'EVENT TRIGGER' AS type, '-' AS schema, evtname::text AS tag FROM pg_event_trigger WHERE oid = ANY ($1::oid[])`,
  },
};
/** Left out together with its relation, or with one of the entries above. */
const GO_ALONG =
  `pg_class pg_attrdef pg_constraint pg_policy pg_trigger pg_rewrite pg_publication_rel pg_publication_namespace pg_default_acl`.split(
    ' ',
  );

export interface DependentEntries {
  entries: DumpEntry[];
  /** As PostgreSQL describes them; entries of these kinds can't be identified in a dump. */
  others: string[];
}

/** The objects other than relations, as entries of a dump. */
export async function entriesOf(query: Query, objects: Iterable<string>): Promise<DependentEntries> {
  const byCatalog = new Map<string, string[]>();
  for (const object of objects) {
    const [catalog = '', oid = ''] = object.split('/');
    addTo(byCatalog, catalog, oid);
  }
  const names = await query<{ oid: string; name: string }>(
    `SELECT c.oid::text AS oid, c.relname::text AS name FROM pg_class c WHERE c.oid = ANY ($1::oid[])`,
    [[...byCatalog.keys()]],
  );
  const found: DependentEntries = { entries: [], others: [] };
  for (const { oid, name } of names) {
    const oids = byCatalog.get(oid) ?? [];
    const kind = Object.values(ENTRIES).find(({ catalog }) => catalog === name);
    if (kind) found.entries.push(...(await query<DumpEntry & Record<string, unknown>>(kind.query, [oids])));
    else if (!GO_ALONG.includes(name))
      found.others.push(
        ...(
          await query<{ text: string }>(
            'SELECT pg_describe_object($1::oid, o, 0) AS text FROM unnest($2::oid[]) AS o ORDER BY 1',
            [oid, oids],
          )
        ).map(({ text }) => text),
      );
  }
  return found;
}
