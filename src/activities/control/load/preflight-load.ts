import type { DumpPart } from '../../../repository';
import { didYouMean } from '../../../contract/fields/nearest-name';
import { compareVersions, shownName } from '../../../yugabyte';
import { checkAbsent, checkPresent } from '../preflight/check-database';
import { checkCluster } from '../preflight/check-cluster';
import { checkDumpObjects } from './check-dump-objects';
import { addMissingExtensions, checkRoleConstants, lacking } from '../preflight/check-needs';
import { addDanglingReferences, checkRows, type RowsIntoTables } from './check-rows';
import { checkStore } from '../preflight/check-store';
import { partOf, type LoadableDump } from '../lookup/find-dump';
import { chosenTables, danglingReferences, unknownTables } from '../lookup/chosen-tables';
import type { Checks } from '../preflight/checks';
import { definePreflight } from '../preflight/define-preflight';
import { checkMayCreate } from '../preflight/check-rights';
import { scratchName } from '../undo/snapshot-candidates';
import { given } from '../../../objects/given';

export interface PreflightLoadInput {
  dump: LoadableDump;
  target: { database: string; name: string };
  tables?: string[];
  roles: 'require' | 'skip';
}

export interface PreflightLoadResult {
  scratchName: string;
  warnings: string[];
  /** For a dump of rows only. */
  rowsInto?: RowsIntoTables;
}

/** Refuses early, with everything that is wrong in one message. A load needs no node worker. */
export const makePreflightLoad = definePreflight<PreflightLoadInput, PreflightLoadResult>({
  subject: ({ dump }) => `The load of ${dump.dumpId}`,
  ask: async (checks, input) => {
    const { dump } = input;
    let rowsInto: RowsIntoTables | undefined;
    const [cluster, , found] = await Promise.all([
      checkCluster(checks, input.target.database),
      checkStore(checks),
      checks.look(`The manifest of ${dump.dumpId}`, async (clients) => await partOf(clients, dump)),
    ]);
    if (found) {
      await checkDumpObjects(checks, dump, [found.part]);
      checkChoice(checks, dump, found.part, input.tables);
      if (cluster.listed && dump.content === 'data') rowsInto = await checkFilled(checks, input, found.part);
      if (cluster.listed && dump.content !== 'data') await checkNew(checks, input, found.part);
      if (cluster.tools) await warnOfRelease(checks, found.yugabyteVersion);
    }
    return {
      scratchName: scratchName(dump.dumpId, dump.chain.firstExecutionRunId),
      warnings: checks.findings.warnings,
      ...given({ rowsInto }),
    };
  },
});

/** A dump of a newer release may have statements that this one does not know. */
export async function warnOfRelease(checks: Checks, yugabyteVersion: string): Promise<void> {
  const release = await checks.look('The tools', async ({ yugabyte }, { signal }) => await yugabyte().release(signal));
  if (release !== undefined && compareVersions(yugabyteVersion, release) > 0)
    checks.warn(
      `The dump was made by YugabyteDB ${yugabyteVersion}, which is newer than this cluster (${release}): a statement that this cluster does not know would stop the load.`,
    );
}

/** The load creates a new database. */
async function checkNew(checks: Checks, { target, roles }: PreflightLoadInput, { needs }: DumpPart): Promise<void> {
  await checkAbsent(checks, target);
  await checkMayCreate(checks);
  const missingRoles = await lacking(checks, 'roles', roles === 'skip' ? [] : needs.roles);
  if (roles === 'skip') await checkRoleConstants(checks, needs.roleConstants);
  if (missingRoles.length > 0)
    checks.add(
      'PreflightFailed',
      `The roles ${missingRoles.join(', ')} are named in the dump (as owners, in grants, policies, user mappings or settings) and do not exist here. Create them, or load with "roles": "skip".`,
      { roles: missingRoles },
    );
  const spaces = await lacking(checks, 'tablespaces', needs.tablespaces);
  if (spaces.length > 0)
    checks.add('PreflightFailed', `The tablespaces ${spaces.join(', ')} do not exist here. Create them first.`, {
      tablespaces: spaces,
    });
  addMissingExtensions(checks, await lacking(checks, 'extensions', needs.extensions));
}

/** Rows only are loaded into existing, empty tables: nothing is mixed, and the counts prove what was loaded. */
async function checkFilled(
  checks: Checks,
  { dump, target, tables }: PreflightLoadInput,
  part: DumpPart,
): Promise<RowsIntoTables | undefined> {
  if (!(await checkPresent(checks, target, dump.dumpId))) return undefined;
  const wanted = chosenTables(part, tables);
  const there = await checks.look(
    `The tables of ${target.database}`,
    async ({ yugabyte }, { signal }) =>
      new Set((await yugabyte().sql.createdRelationsWithStorage(target.name, { signal })).map(shownName)),
  );
  if (!there) return undefined;
  const missing = wanted.filter((table) => !there.has(shownName(table))).map(shownName);
  if (missing.length > 0)
    checks.add(
      'NotFound',
      `${target.database} lacks ${missing.length} tables whose rows are in the dump (${missing.slice(0, 5).join(', ')}). Load a dump of its schema first.`,
      { tables: missing },
    );
  const filled: string[] = [];
  for (const table of wanted) {
    if (!there.has(shownName(table))) continue;
    const some = await checks.look(
      shownName(table),
      async ({ yugabyte }, { signal }) => await yugabyte().sql.hasRows(target.name, table, { signal }),
    );
    if (some) filled.push(shownName(table));
  }
  if (filled.length > 0)
    checks.add(
      'PreflightFailed',
      `${filled.length} tables of ${target.database} already have rows (${filled.slice(0, 5).join(', ')}), and a dump of rows is loaded into empty tables only. Empty them, or choose others with "tables".`,
      { tables: filled },
    );
  if (missing.length > 0) return undefined;
  return await checkRows(checks, target.name, wanted);
}

/** The same checks as when tables are chosen for a dump: they exist, and have the rows that they refer to. */
function checkChoice(
  checks: Checks,
  { dumpId, content }: LoadableDump,
  part: DumpPart,
  tables: string[] | undefined,
): void {
  if (tables === undefined) return;
  const unknown = unknownTables(part, tables);
  if (unknown.length > 0)
    checks.add(
      'NotFound',
      `${dumpId} has no table ${unknown.join(', ')}.${didYouMean(unknown[0] ?? '', part.tables.map(shownName))}`,
      { tables: unknown },
    );
  if (content !== 'data') addDanglingReferences(checks, danglingReferences(part, tables)); // rows only may refer to rows that exist
}
