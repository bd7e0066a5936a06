import type { DumpPart } from '../../../repository';
import { shownName, type FiringTrigger } from '../../../yugabyte';
import type { danglingReferences } from '../lookup/chosen-tables';
import { namespaceIdOf } from '../run/same-database';
import type { Checks } from '../preflight/checks';
import { given } from '../../../objects/given';
import { firstOf } from '../../../objects/texts';

/** How a dump of rows only is loaded into existing tables. */
export interface RowsIntoTables {
  /** Triggers don't fire in the session that loads, except these. */
  silent: boolean;
  triggers: FiringTrigger[];
  /** Of the database that has the tables. */
  namespaceId?: string;
}

type DanglingReferences = ReturnType<typeof danglingReferences>;

/** Rows whose foreign keys would refer to nothing. */
export function addDanglingReferences(checks: Checks, outside: DanglingReferences): void {
  if (outside.length === 0) return;
  const keys = outside.map(({ table, refersTo }) => `${table} to ${shownName(refersTo)}`);
  checks.add(
    'PreflightFailed',
    `Rows of the chosen tables refer to tables that were not chosen and would be empty: ${firstOf(keys, 10, '; ')}. Add those tables.`,
    { missing: outside.map(({ refersTo }) => shownName(refersTo)) },
  );
}

/** More would not fit into a note of the guardian. */
const MAX_TRIGGERS = 500;

/** No user trigger may fire, and the rows that foreign keys refer to must exist. */
export async function checkRows(
  checks: Checks,
  name: string,
  wanted: DumpPart['tables'],
): Promise<RowsIntoTables | undefined> {
  const { user } = checks.config.ysql;
  const silent = await checks.look(
    'The rights of the SQL user',
    async ({ yugabyte }, { signal }) => await yugabyte().sql.maySilenceTriggers(name, { signal }),
  );
  const found = await checks.look('The triggers', async ({ yugabyte }, { signal }) => ({
    firing: await yugabyte().sql.firingTriggers(name, wanted, { signal }),
    enabled: silent === false ? await yugabyte().sql.userTriggers(name, wanted, { signal }) : [],
  }));
  if (found && found.enabled.length > 0)
    checks.add(
      'PreflightFailed',
      `The tables of ${name} have triggers that would fire for each row and change what is loaded (${found.enabled.slice(0, 5).join(', ')}), and the SQL user "${user}" may not set session_replication_role. Set a superuser as ysql.user in kalpa.yaml, or disable these triggers during the load.`,
      { triggers: found.enabled },
    );
  if (found && found.firing.length > MAX_TRIGGERS)
    checks.add(
      'PreflightFailed',
      `The tables of ${name} have ${found.firing.length} triggers that are ENABLE ALWAYS or ENABLE REPLICA, more than the ${MAX_TRIGGERS} that one load can disable. Choose fewer tables at a time with "tables".`,
    );
  await checkTargets(checks, name, wanted);
  const namespaceId = await checks.look(
    `The id of ${name}`,
    async ({ yugabyte }, { signal }) => await namespaceIdOf(yugabyte(), `ysql.${name}`, signal),
  );
  if (silent === undefined || !found) return undefined;
  return { silent, triggers: found.firing, ...given({ namespaceId }) };
}

/** A referenced table already has rows, or receives some. */
async function checkTargets(checks: Checks, name: string, wanted: DumpPart['tables']): Promise<void> {
  const keys = await checks.look(
    'The foreign keys',
    async ({ yugabyte }, { signal }) => await yugabyte().sql.rowChecks(name, wanted, { signal }),
  );
  const loaded = new Set(wanted.flatMap((table) => [table, ...(table.partOf ?? [])]).map(shownName));
  const withRows = new Set(wanted.filter(({ rows = 0 }) => rows > 0).map(shownName));
  const outside: DanglingReferences = [];
  for (const { table, refersTo, validated } of keys ?? []) {
    if (!refersTo || !validated || loaded.has(shownName(refersTo)) || !withRows.has(shownName(table))) continue;
    const some = await checks.look(
      shownName(refersTo),
      async ({ yugabyte }, { signal }) => await yugabyte().sql.hasRows(name, refersTo, { signal, below: true }),
    );
    if (some === false) outside.push({ table: shownName(table), refersTo });
  }
  addDanglingReferences(checks, outside);
}
