import type { Query } from '../session/sql-connection';
import { addTo } from '../../../objects/grouped';

/** Dependencies between a database's objects, from `pg_depend`; objects are named `<oid of the catalog>/<oid>`. */
export class DependencyGraph {
  private readonly forward = new Map<string, Edge[]>();
  private readonly backward = new Map<string, Edge[]>();
  private readonly parts = new Map<string, string[]>();
  private readonly wholes = new Map<string, string>();

  constructor(edges: readonly Edge[], parts: readonly { part: string; whole: string }[]) {
    for (const edge of edges) {
      addTo(this.forward, edge.object, edge);
      addTo(this.backward, edge.needs, edge);
    }
    for (const { part, whole } of parts) {
      addTo(this.parts, whole, part);
      this.wholes.set(part, whole);
    }
  }

  /**
   * What an object can't be created without: what it and its parts (defaults, constraints, policies, triggers, rules)
   * depend on. `found` is called with each, and with the part of the object that leads there, and returns whether to
   * continue beyond it.
   */
  needs(start: string, found: (object: string, through: string) => boolean, passes: (edge: Edge) => boolean): void {
    const seen = new Set([start]);
    const queue: { object: string; through?: string }[] = [{ object: start }];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      const { object, through } = at;
      const next = [
        ...(this.parts.get(object) ?? []),
        ...(this.forward.get(object) ?? []).filter(passes).map(({ needs }) => needs),
      ];
      for (const one of next) {
        if (seen.has(one)) continue;
        seen.add(one);
        if (found(one, through ?? one)) queue.push({ object: one, through: through ?? one });
      }
    }
  }

  /**
   * Everything that can't be created without one of these. An object that depends through a part (such as a domain's
   * check) or an internal dependency is included as a whole.
   */
  dependents(start: Iterable<string>, passes: (edge: Edge) => boolean): Set<string> {
    const seen = new Set(start);
    // Iterating a set includes elements added meanwhile.
    for (const object of seen) {
      for (const edge of this.backward.get(object) ?? []) if (passes(edge)) seen.add(edge.object);
      for (const { kind, needs } of this.forward.get(object) ?? []) if (kind === 'i') seen.add(needs);
      const whole = this.wholes.get(object);
      if (whole?.startsWith(`${TYPE}/`)) seen.add(whole);
    }
    return seen;
  }
}

export interface Edge {
  object: string;
  needs: string;
  /** `pg_depend.deptype` */
  kind: string;
}

/** Oids of catalogs, the same in every PostgreSQL. */
export const CLASS = 1259;
export const TYPE = 1247;

// Objects with oids below 16384 are PostgreSQL's own. Members of an extension are created with it.
const EDGES = `
  SELECT classid::oid::text || '/' || objid::text AS object, refclassid::oid::text || '/' || refobjid::text AS needs, deptype::text AS kind
    FROM pg_catalog.pg_depend WHERE objid >= 16384 AND refobjid >= 16384 AND deptype NOT IN ('e', 'x')`;
// A foreign key's own triggers are on both tables and belong to the constraint.
const PARTS = `
  SELECT 'pg_catalog.pg_attrdef'::regclass::oid::text || '/' || oid::text AS part, '1259/' || adrelid::text AS whole FROM pg_catalog.pg_attrdef
  UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass::oid::text || '/' || oid::text,
                   CASE WHEN conrelid <> 0 THEN '1259/' || conrelid::text ELSE '1247/' || contypid::text END FROM pg_catalog.pg_constraint
  UNION ALL SELECT 'pg_catalog.pg_policy'::regclass::oid::text || '/' || oid::text, '1259/' || polrelid::text FROM pg_catalog.pg_policy
  UNION ALL SELECT 'pg_catalog.pg_trigger'::regclass::oid::text || '/' || t.oid::text, '1259/' || tgrelid::text FROM pg_catalog.pg_trigger t
             WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint c WHERE c.oid = t.tgconstraint AND c.contype <> 't')
  UNION ALL SELECT 'pg_catalog.pg_rewrite'::regclass::oid::text || '/' || oid::text, '1259/' || ev_class::text FROM pg_catalog.pg_rewrite WHERE oid >= 16384
  UNION ALL SELECT '1259/' || indexrelid::text, '1259/' || indrelid::text FROM pg_catalog.pg_index WHERE indexrelid >= 16384`;

export async function readDependencies(query: Query): Promise<DependencyGraph> {
  const edges = await query<Edge & Record<string, unknown>>(EDGES);
  const parts = await query<{ part: string; whole: string }>(PARTS);
  return new DependencyGraph(edges, parts);
}
