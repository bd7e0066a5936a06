import { SqlFailed } from '../../errors';
import { quoteIdentifier, quoteQualified, type QualifiedName } from '../session/quote';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';

/** A trigger of a user's that fires in a replica's session too: ENABLE ALWAYS (`A`) or ENABLE REPLICA (`R`). */
export interface FiringTrigger {
  name: string;
  /** Absent: an event trigger. */
  table?: QualifiedName;
  state: 'A' | 'R';
}

// Triggers behind a foreign or unique key are the constraint's; those that a partition has from its parent are a
// user's.
const OF_TABLES = `
  SELECT t.tgname::text AS name, n.nspname::text AS schema, c.relname::text AS "table", t.tgenabled::text AS state
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE t.tgenabled IN ('A', 'R') AND (n.nspname, c.relname) IN (SELECT * FROM unnest($1::text[], $2::text[]))
     AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.oid = t.tgconstraint AND k.contype <> 't')
   ORDER BY 2, 3, 1`;
const ENABLED = `
  SELECT quote_ident(t.tgname) || ' of ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE t.tgenabled IN ('A', 'O') AND t.tgtype & 4 = 4 AND (n.nspname, c.relname) IN (SELECT * FROM unnest($1::text[], $2::text[]))
     AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.oid = t.tgconstraint AND k.contype <> 't')
   ORDER BY 1`;
/** Those of an extension are no user's. */
const OF_EVENTS = `
  SELECT e.evtname::text AS name, e.evtenabled::text AS state FROM pg_event_trigger e
   WHERE e.evtenabled IN ('A', 'R') AND NOT EXISTS (
     SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e') ORDER BY 1`;

/**
 * The triggers that `session_replication_role = replica` does not stop in these tables. Where there are some they are
 * disabled by DDL, which is an event: then event triggers count too, first in the list (a statement about one is no
 * event itself).
 */
export async function firingTriggers(
  sql: SqlConnection,
  database: string,
  tables: readonly QualifiedName[],
  options?: SqlOptions,
): Promise<FiringTrigger[]> {
  return await sql.use(
    database,
    'look for triggers',
    async (query) => {
      const rows = await query<{ name: string; schema: string; table: string; state: 'A' | 'R' }>(OF_TABLES, [
        tables.map(({ schema }) => schema),
        tables.map(({ name }) => name),
      ]);
      if (rows.length === 0) return [];
      const events = await query<{ name: string; state: 'A' | 'R' }>(OF_EVENTS);
      return [
        ...events.map(({ name, state }) => ({ name, state })),
        ...rows.map(({ name, schema, table, state }) => ({ name, state, table: { schema, name: table } })),
      ];
    },
    options,
  );
}

/** Stops one, or lets it fire as it did. */
export function triggerStatement({ name, table, state }: FiringTrigger, to: 'stopped' | 'firing'): string {
  const kind = state === 'A' ? 'ALWAYS' : 'REPLICA';
  if (table === undefined)
    return `ALTER EVENT TRIGGER ${quoteIdentifier(name)} ${to === 'stopped' ? 'DISABLE' : `ENABLE ${kind}`}`;
  return `ALTER TABLE ONLY ${quoteQualified(table)} ${to === 'stopped' ? 'DISABLE' : `ENABLE ${kind}`} TRIGGER ${quoteIdentifier(name)}`;
}

/** Table, trigger or database is gone. */
const GONE = new Set(['42P01', '42704', '3D000', '3F000']);

/**
 * Lets triggers fire again as they did, where something stopped them. Safe to repeat. Returns how many were stopped.
 */
export async function letTriggersFire(
  sql: SqlConnection,
  database: string,
  triggers: readonly FiringTrigger[],
  options: SqlOptions = {},
): Promise<number> {
  const tables = triggers.flatMap(({ table }) => table ?? []);
  const key = ({ name, table }: FiringTrigger): string => JSON.stringify([name, table?.schema, table?.name]);
  try {
    return await sql.use(
      database,
      'let the triggers fire again',
      async (query) => {
        const firing = new Set(
          [
            ...(
              await query<{ name: string; schema: string; table: string; state: 'A' | 'R' }>(OF_TABLES, [
                tables.map(({ schema }) => schema),
                tables.map(({ name }) => name),
              ])
            ).map(({ name, schema, table, state }) => ({ name, state, table: { schema, name: table } })),
            ...(await query<{ name: string; state: 'A' | 'R' }>(OF_EVENTS)),
          ].map(key),
        );
        let changed = 0;
        await query('SET session_replication_role = replica'); // no event trigger of a user's fires for this
        // An event trigger last: what was stopped stays silent until everything else is as it was.
        for (const trigger of [...triggers].reverse().filter((one) => !firing.has(key(one)))) {
          try {
            await query(triggerStatement(trigger, 'firing'));
            changed += 1;
          } catch (error) {
            if (!GONE.has((error as { code?: string }).code ?? '')) throw error;
          }
        }
        return changed;
      },
      { ...options, mutates: true },
    );
  } catch (error) {
    if (error instanceof SqlFailed && error.code === '3D000') return 0;
    throw error;
  }
}

/** Whether the connected user may end triggers for its session. Not only superusers may; the server is asked. */
export async function maySilenceTriggers(sql: SqlConnection, database: string, options?: SqlOptions): Promise<boolean> {
  try {
    await sql.use(
      database,
      'set session_replication_role',
      async (query) => await query('SET session_replication_role = replica'),
      options,
    );
    return true;
  } catch (error) {
    if (error instanceof SqlFailed && error.code === '42501') return false; // insufficient_privilege
    throw error;
  }
}

/** The triggers that fire when an ordinary session adds rows to these tables. */
export async function userTriggers(
  sql: SqlConnection,
  database: string,
  tables: readonly QualifiedName[],
  options?: SqlOptions,
): Promise<string[]> {
  return await sql.use(
    database,
    'look for triggers',
    async (query) =>
      (
        await query<{ name: string }>(ENABLED, [tables.map(({ schema }) => schema), tables.map(({ name }) => name)])
      ).map(({ name }) => name),
    options,
  );
}
