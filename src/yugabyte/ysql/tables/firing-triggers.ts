import { SqlFailed } from '../../errors';
import { quoteIdentifier, quoteQualified, type QualifiedName } from '../session/quote';
import type { SqlConnection, SqlOptions } from '../session/sql-connection';

/** A user's trigger that fires even in replica sessions: ENABLE ALWAYS (`A`) or ENABLE REPLICA (`R`). */
export interface FiringTrigger {
  name: string;
  /** Absent: an event trigger. */
  table?: QualifiedName;
  state: 'A' | 'R';
}

// Triggers of a foreign or unique key belong to the constraint; those that a partition inherits from its parent are a
// user's.
const TABLE_TRIGGERS = `
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
/** Event triggers of an extension are not a user's. */
const EVENT_TRIGGERS = `
  SELECT e.evtname::text AS name, e.evtenabled::text AS state FROM pg_event_trigger e
   WHERE e.evtenabled IN ('A', 'R') AND NOT EXISTS (
     SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e') ORDER BY 1`;

/**
 * The triggers in these tables that `session_replication_role = replica` does not stop. They are disabled by DDL, which
 * is itself an event: if there are any, event triggers count too, first in the list (a statement about one fires none).
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
      const rows = await query<{ name: string; schema: string; table: string; state: 'A' | 'R' }>(TABLE_TRIGGERS, [
        tables.map(({ schema }) => schema),
        tables.map(({ name }) => name),
      ]);
      if (rows.length === 0) return [];
      const events = await query<{ name: string; state: 'A' | 'R' }>(EVENT_TRIGGERS);
      return [
        ...events.map(({ name, state }) => ({ name, state })),
        ...rows.map(({ name, schema, table, state }) => ({ name, state, table: { schema, name: table } })),
      ];
    },
    options,
  );
}

/** The statement that disables a trigger, or enables it in its former state. */
export function triggerStatement({ name, table, state }: FiringTrigger, to: 'stopped' | 'firing'): string {
  const kind = state === 'A' ? 'ALWAYS' : 'REPLICA';
  if (table === undefined)
    return `ALTER EVENT TRIGGER ${quoteIdentifier(name)} ${to === 'stopped' ? 'DISABLE' : `ENABLE ${kind}`}`;
  return `ALTER TABLE ONLY ${quoteQualified(table)} ${to === 'stopped' ? 'DISABLE' : `ENABLE ${kind}`} TRIGGER ${quoteIdentifier(name)}`;
}

/** Table, trigger or database does not exist. */
const NOT_FOUND_STATES = new Set(['42P01', '42704', '3D000', '3F000']);

/** Enables triggers again in their former state, if they were disabled. Safe to repeat. Returns how many were. */
export async function enableTriggers(
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
      'enable the triggers again',
      async (query) => {
        const firing = new Set(
          [
            ...(
              await query<{ name: string; schema: string; table: string; state: 'A' | 'R' }>(TABLE_TRIGGERS, [
                tables.map(({ schema }) => schema),
                tables.map(({ name }) => name),
              ])
            ).map(({ name, schema, table, state }) => ({ name, state, table: { schema, name: table } })),
            ...(await query<{ name: string; state: 'A' | 'R' }>(EVENT_TRIGGERS)),
          ].map(key),
        );
        let changed = 0;
        await query('SET session_replication_role = replica'); // so that no user's event trigger fires for this
        // Event triggers last: disabled triggers stay silent until everything else is restored.
        for (const trigger of [...triggers].reverse().filter((one) => !firing.has(key(one)))) {
          try {
            await query(triggerStatement(trigger, 'firing'));
            changed += 1;
          } catch (error) {
            if (!NOT_FOUND_STATES.has((error as { code?: string }).code ?? '')) throw error;
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

/** Whether the connected user may disable triggers for its session. Not only superusers may, so the server is asked. */
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

/** The triggers that fire when an ordinary session inserts rows into these tables. */
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
