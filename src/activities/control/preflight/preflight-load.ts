import type { DumpPart } from '../../../repository';
import { compareVersions, qualifiedName, shownName } from '../../../yugabyte';
import { failWithFindings } from '../../application-failure';
import { checkCluster } from './check-cluster';
import { checkDumpObjects } from './check-dump-objects';
import { checkStore } from './check-store';
import type { ControlDependencies } from '../dependencies';
import { partOf, type LoadableDump } from '../find-dump';
import { Findings } from './findings';
import { scratchName } from '../snapshot-candidates';

export interface PreflightLoadInput {
  dump: LoadableDump;
  target: { database: string; name: string };
  tables?: string[];
  roles: 'require' | 'skip';
}

/** Refuses early, with everything that is wrong in one message. A load needs no node worker. */
export function makePreflightLoad(dependencies: ControlDependencies) {
  return async function preflightLoad(input: PreflightLoadInput): Promise<{ scratchName: string; warnings: string[] }> {
    const { dump, target } = input;
    const findings = new Findings();
    const yugabyte = dependencies.yugabyte();
    const { part, yugabyteVersion } = await partOf(dependencies, dump);
    const [cluster] = await Promise.all([
      checkCluster(yugabyte, findings),
      checkStore(dependencies, findings),
      checkDumpObjects(dependencies, dump, [part], findings),
    ]);
    checkChoice(dump, part, input.tables, findings);
    if (cluster.sql) {
      const exists = await findings.check(
        `The database ${target.database}`,
        async () => await yugabyte.sql.databaseExists(target.name),
      );
      if (dump.content === 'data') await checkFilled(dependencies, input, part, exists === true, findings);
      else await checkNew(dependencies, input, part, exists === true, findings);
    }
    if (cluster.tools) {
      const release = await yugabyte.release();
      if (compareVersions(yugabyteVersion, release) > 0)
        findings.warnings.push(
          `The dump was made by YugabyteDB ${yugabyteVersion}, which is newer than this cluster (${release}): a statement may not be known here, and would stop the load.`,
        );
    }
    const failure = failWithFindings(`The load of ${dump.dumpId}`, findings.list);
    if (failure) throw failure;
    return { scratchName: scratchName(dump.dumpId, dump.chain.firstExecutionRunId), warnings: findings.warnings };
  };
}

/** A new database is made of it. */
async function checkNew(
  { yugabyte, config }: ControlDependencies,
  { target, roles }: PreflightLoadInput,
  { needs }: DumpPart,
  exists: boolean,
  findings: Findings,
): Promise<void> {
  const { sql } = yugabyte();
  if (exists)
    findings.add(
      'AlreadyExists',
      `A database ${target.database} exists already and is never overwritten. Give another name with "as", or drop it yourself first.`,
      { database: target.database },
    );
  if ((await findings.check('The rights of the SQL user', async () => await sql.mayCreateDatabases())) === false)
    findings.add(
      'PreflightFailed',
      `The SQL user "${config.ysql.user}" may not create databases. Give it CREATEDB, or set a superuser as ysql.user in kalpa.yaml.`,
    );
  const lacking = async (what: string, wanted: readonly string[], list: () => Promise<string[]>): Promise<string[]> => {
    const there = wanted.length === 0 ? [] : await findings.check(what, list);
    return there === undefined ? [] : wanted.filter((name) => !there.includes(name));
  };
  const missingRoles =
    roles === 'skip' ? [] : await lacking('The roles', needs.roles, async () => await sql.listRoles());
  if (missingRoles.length > 0)
    findings.add(
      'PreflightFailed',
      `The roles ${missingRoles.join(', ')} are named in the dump (as owners, in grants, policies, user mappings or settings) and do not exist here. Create them, or load with "roles": "skip".`,
      { roles: missingRoles },
    );
  const spaces = await lacking('The tablespaces', needs.tablespaces, async () => await sql.listTablespaces());
  if (spaces.length > 0)
    findings.add('PreflightFailed', `The tablespaces ${spaces.join(', ')} do not exist here. Create them first.`, {
      tablespaces: spaces,
    });
  const extensions = await lacking('The extensions', needs.extensions, async () => await sql.availableExtensions());
  if (extensions.length > 0)
    findings.add(
      'PreflightFailed',
      `The extensions ${extensions.join(', ')} are not available on this cluster. Install them on every node.`,
      { extensions },
    );
}

/** Rows alone go into tables that are there and empty: nothing is mixed, and the counts prove what was loaded. */
async function checkFilled(
  { yugabyte, config }: ControlDependencies,
  { dump, target, tables }: PreflightLoadInput,
  part: DumpPart,
  exists: boolean,
  findings: Findings,
): Promise<void> {
  if (!exists) {
    findings.add(
      'NotFound',
      `${dump.dumpId} holds rows alone, and there is no database ${target.database} on cluster ${config.cluster} to load them into. Load a dump of its schema first, or name the database with "as".`,
      { database: target.database },
    );
    return;
  }
  const { sql } = yugabyte();
  const wanted = chosenTables(part, tables);
  const there = await findings.check(
    `The tables of ${target.database}`,
    async () => new Set((await sql.createdRelationsWithStorage(target.name)).map(shownName)),
  );
  if (!there) return;
  const missing = wanted.filter((table) => !there.has(shownName(table))).map(shownName);
  if (missing.length > 0)
    findings.add(
      'NotFound',
      `${target.database} lacks ${missing.length} tables whose rows the dump holds (${missing.slice(0, 5).join(', ')}). Load a dump of its schema first.`,
      { tables: missing },
    );
  const filled: string[] = [];
  for (const table of wanted) {
    if (!there.has(shownName(table))) continue;
    const some = await findings.check(shownName(table), async () => await sql.hasRows(target.name, table));
    if (some) filled.push(shownName(table));
  }
  if (filled.length > 0)
    findings.add(
      'PreflightFailed',
      `${filled.length} tables of ${target.database} hold rows already (${filled.slice(0, 5).join(', ')}), and a dump of rows is loaded into empty tables only. Empty them, or choose others with "tables".`,
      { tables: filled },
    );
}

function checkChoice({ dumpId }: LoadableDump, part: DumpPart, tables: string[] | undefined, findings: Findings): void {
  const known = new Set(part.tables.map(shownName));
  const unknown = (tables ?? []).filter((text) => {
    const name = qualifiedName(text);
    return !name || !known.has(shownName(name));
  });
  if (unknown.length > 0)
    findings.add('NotFound', `${dumpId} holds no table ${unknown.join(', ')}.`, { tables: unknown });
}

/** Tables whose rows are loaded. */
export function chosenTables(part: DumpPart, tables: readonly string[] | undefined): DumpPart['tables'] {
  const chosen = tables && new Set(tables.map(qualifiedName).map((name) => name && shownName(name)));
  return part.tables.filter((table) => table.rows !== undefined && (chosen?.has(shownName(table)) ?? true));
}
