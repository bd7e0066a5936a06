import type { DumpEntry } from '../../ysql-dump/rewrite/dump-entries';
import { CLASS, readDependencies, type DependencyGraph } from './dependency-graph';
import { entriesOf } from './dependent-entries';
import { quoteQualified, type QualifiedName } from '../session/quote';
import type { Query, SqlConnection, SqlOptions } from '../session/sql-connection';

export interface TableChoice {
  /** The requested tables, with their partitions. */
  chosen: QualifiedName[];
  /** What a dump of them contains besides: sequences that they use, views that they need. */
  alongside: QualifiedName[];
  /** Every other relation that a full dump would contain. */
  others: QualifiedName[];
  /** Requested names that are not tables of the database. */
  unknown: string[];
  /**
   * Tables without which chosen ones can't be created, because of `by`: the chosen table's foreign key, policy, type,
   * …; empty for a parent.
   */
  outside: { table: string; refersTo: string; by: string }[];
  /** Entries other than relations that can't be created without one of `others`, and that no chosen table needs. */
  leftOut: DumpEntry[];
  /** The same, for kinds that can't be left out of a dump. */
  inTheWay: string[];
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

/**
 * Resolves a choice of tables: `orders` is in schema public, `sales.lines` in sales; odd names are in double quotes.
 * What belongs to a table is included; other tables that it can't be created without are reported. For rows alone
 * nothing needs to be created.
 */
export async function chooseTables(
  sql: SqlConnection,
  database: string,
  requested: readonly string[],
  options: SqlOptions & { rowsAlone?: boolean } = {},
): Promise<TableChoice> {
  return await sql.use(
    database,
    'look up the tables',
    async (query) => {
      const relations = await query<Relation>(RELATIONS);
      const partitions = await query<{ parent: string; child: string }>(PARTITIONS);
      const { chosen, unknown } = withPartitions(relations, partitions, requested);
      const alongside = new Set<string>();
      for (const { sequence, owner } of [
        ...(await query<{ sequence: string; owner: string }>(OWNED)),
        ...(await query<{ sequence: string; owner: string }>(USED)),
      ])
        if (chosen.has(owner)) alongside.add(sequence);
      const needs = options.rowsAlone ? [] : await needed(query, { relations, chosen, alongside });
      const named = (wanted: (oid: string) => boolean): QualifiedName[] =>
        relations.filter(({ oid }) => wanted(oid)).map(({ schema, name }) => ({ schema, name }));
      return {
        chosen: named((oid) => chosen.has(oid)),
        alongside: named((oid) => alongside.has(oid) && !chosen.has(oid)),
        others: named((oid) => !chosen.has(oid) && !alongside.has(oid)),
        unknown,
        outside: needs,
        ...(options.rowsAlone || needs.length > 0
          ? { leftOut: [], inTheWay: [] }
          : await dependentsOfOmitted(query, relations, (oid) => chosen.has(oid) || alongside.has(oid))),
      };
    },
    options,
  );
}

/** Adds to `alongside` what has no rows; returns the tables. */
async function needed(
  query: Query,
  {
    relations,
    chosen,
    alongside,
  }: { relations: readonly Relation[]; chosen: ReadonlySet<string>; alongside: Set<string> },
): Promise<TableChoice['outside']> {
  const graph = await readDependencies(query);
  const byKey = new Map(relations.map((one) => [`${CLASS}/${one.oid}`, one]));
  const sequences = new Set(relations.filter(({ kind }) => kind === 'S').map(({ oid }) => `${CLASS}/${oid}`));
  const outside: { table: Relation; refersTo: Relation; by: string }[] = [];
  for (const table of relations.filter(({ oid }) => chosen.has(oid))) {
    graph.needs(
      `${CLASS}/${table.oid}`,
      (found, through) => {
        const relation = byKey.get(found);
        if (relation === undefined || chosen.has(relation.oid)) return true;
        if (relation.kind === 'r' || relation.kind === 'p')
          outside.push({ table, refersTo: relation, by: through === found ? '' : through });
        else alongside.add(relation.oid);
        return relation.kind !== 'r' && relation.kind !== 'p';
      },
      ({ object, kind }) => kind !== 'a' || !sequences.has(object),
    );
  }
  const described = await describe(
    query,
    outside.map(({ by }) => by).filter((by) => by !== ''),
  );
  return outside.map(({ table, refersTo, by }) => ({
    table: shownName(table),
    refersTo: shownName(refersTo),
    by: described.get(by) ?? '',
  }));
}

/** What depends on relations that are left out. */
async function dependentsOfOmitted(
  query: Query,
  relations: readonly Relation[],
  kept: (oid: string) => boolean,
): Promise<Pick<TableChoice, 'leftOut' | 'inTheWay'>> {
  const graph: DependencyGraph = await readDependencies(query);
  const sequences = new Set(relations.filter(({ kind }) => kind === 'S').map(({ oid }) => `${CLASS}/${oid}`));
  const left = relations.filter(({ oid }) => !kept(oid)).map(({ oid }) => `${CLASS}/${oid}`);
  const dependentsOfOmitted = graph.dependents(left, ({ object, kind }) => kind !== 'a' || !sequences.has(object));
  const { entries, others } = await entriesOf(query, dependentsOfOmitted);
  return { leftOut: entries, inTheWay: others };
}

async function describe(query: Query, objects: readonly string[]): Promise<Map<string, string>> {
  const rows = await query<{ object: string; text: string }>(
    `SELECT o AS object, pg_catalog.pg_describe_object(pg_catalog.split_part(o, '/', 1)::oid, pg_catalog.split_part(o, '/', 2)::oid, 0) AS text
       FROM unnest($1::text[]) AS o`,
    [[...new Set(objects)]],
  );
  return new Map(rows.map(({ object, text }) => [object, text]));
}

function withPartitions(
  relations: readonly Relation[],
  partitions: readonly { parent: string; child: string }[],
  requested: readonly string[],
): { chosen: Set<string>; unknown: string[] } {
  const chosen = new Set<string>();
  const unknown: string[] = [];
  for (const text of requested) {
    const wanted = qualifiedName(text);
    const found = relations.find(
      ({ schema, name, kind }) => schema === wanted?.schema && name === wanted.name && 'rpm'.includes(kind),
    );
    if (found) chosen.add(found.oid);
    else unknown.push(text);
  }
  // Iterating a set includes elements added meanwhile, so partitions of partitions are found.
  for (const oid of chosen) for (const { parent, child } of partitions) if (parent === oid) chosen.add(child);
  return { chosen, unknown };
}

const FORM = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/;

/** `orders`, `sales.lines`, `"odd.schema"."odd ""table"`; the case of names is kept. */
export function qualifiedName(text: string): QualifiedName | undefined {
  const [, schema, name] = FORM.exec(text) ?? [];
  if (name === undefined) return undefined;
  const plain = (part: string): string => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part);
  return { schema: schema === undefined ? 'public' : plain(schema), name: plain(name) };
}

/** A table's name in messages: `sales.lines`, quoted only if necessary. */
export function shownName(table: QualifiedName): string {
  const text = `${table.schema}.${table.name}`;
  return qualifiedName(text)?.name === table.name ? text : quoteQualified(table);
}
