import { quoteQualified, type QualifiedName } from './quote';
import type { SqlConnection, SqlOptions } from './sql-connection';

export interface TableChoice {
  /** Tables that were asked for, with their partitions. */
  chosen: QualifiedName[];
  /** Every other relation that a dump would hold: tables, views, sequences that no chosen table owns. */
  others: QualifiedName[];
  /** Asked for, and no table of the database. */
  unknown: string[];
  /** Foreign keys of chosen tables to tables that are not: a dump without those could not be loaded. */
  outside: { table: string; refersTo: string }[];
}

interface Relation extends Record<string, unknown> {
  oid: string;
  schema: string;
  name: string;
  kind: string;
}

const RELATIONS = `
  SELECT c.oid::text AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND c.oid >= 16384
     AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
     AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
   ORDER BY 2, 3`;
const PARTITIONS = 'SELECT inhparent::text AS parent, inhrelid::text AS child FROM pg_catalog.pg_inherits';
const OWNED = `
  SELECT d.objid::text AS sequence, d.refobjid::text AS owner
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
   WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')`;
const USED = `
  SELECT d.refobjid::text AS sequence, a.adrelid::text AS owner
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef a ON a.oid = d.objid JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND c.relkind = 'S'
   WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass`;
const FOREIGN_KEYS = `SELECT DISTINCT conrelid::oid::text AS owner, confrelid::oid::text AS target FROM pg_catalog.pg_constraint WHERE contype = 'f'`;

/** What a choice of tables means in a database: `orders` is of schema public, `sales.lines` of sales; odd names in double quotes. */
export async function chooseTables(
  sql: SqlConnection,
  database: string,
  asked: readonly string[],
  options?: SqlOptions,
): Promise<TableChoice> {
  return await sql.use(
    database,
    'look for the tables',
    async (query) => {
      const relations = await query<Relation>(RELATIONS);
      const partitions = await query<{ parent: string; child: string }>(PARTITIONS);
      const uses = [
        ...(await query<{ sequence: string; owner: string }>(OWNED)),
        ...(await query<{ sequence: string; owner: string }>(USED)),
      ];
      const keys = await query<{ owner: string; target: string }>(FOREIGN_KEYS);
      const { chosen, unknown } = withPartitions(relations, partitions, asked);
      const withSequences = new Set(chosen);
      for (const { sequence, owner } of uses) if (chosen.has(owner)) withSequences.add(sequence);
      const nameOf = new Map(relations.map((one) => [one.oid, `${one.schema}.${one.name}`]));
      const plain = ({ schema, name }: Relation): QualifiedName => ({ schema, name });
      return {
        chosen: relations.filter(({ oid }) => chosen.has(oid)).map(plain),
        others: relations.filter(({ oid }) => !withSequences.has(oid)).map(plain),
        unknown,
        outside: keys
          .filter(({ owner, target }) => chosen.has(owner) && !chosen.has(target))
          .map(({ owner, target }) => ({ table: nameOf.get(owner) ?? owner, refersTo: nameOf.get(target) ?? target })),
      };
    },
    options,
  );
}

function withPartitions(
  relations: readonly Relation[],
  partitions: readonly { parent: string; child: string }[],
  asked: readonly string[],
): { chosen: Set<string>; unknown: string[] } {
  const chosen = new Set<string>();
  const unknown: string[] = [];
  for (const text of asked) {
    const wanted = qualifiedName(text);
    const found = relations.find(
      ({ schema, name, kind }) => schema === wanted?.schema && name === wanted.name && 'rpm'.includes(kind),
    );
    if (found) chosen.add(found.oid);
    else unknown.push(text);
  }
  // A set visits what is added to it on the way, so partitions of partitions are found.
  for (const oid of chosen) for (const { parent, child } of partitions) if (parent === oid) chosen.add(child);
  return { chosen, unknown };
}

const FORM = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/;

/** `orders`, `sales.lines`, `"odd.schema"."odd ""table"`; names are taken as they are typed. */
export function qualifiedName(text: string): QualifiedName | undefined {
  const [, schema, name] = FORM.exec(text) ?? [];
  if (name === undefined) return undefined;
  const plain = (part: string): string => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part);
  return { schema: schema === undefined ? 'public' : plain(schema), name: plain(name) };
}

/** How a table is told in messages: `sales.lines`, quoted only where it must be. */
export function shownName(table: QualifiedName): string {
  const text = `${table.schema}.${table.name}`;
  return qualifiedName(text)?.name === table.name ? text : quoteQualified(table);
}
