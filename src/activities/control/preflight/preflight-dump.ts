import { apiOf, bareName, SCRATCH_NAME, type Api } from '../../../contract';
import { shownName } from '../../../yugabyte';
import { failWithFindings } from '../../application-failure';
import { checkCluster } from './check-cluster';
import { checkStore } from './check-store';
import type { ControlDependencies } from '../dependencies';
import { Findings } from './findings';
import { keyspacesToDump } from './keyspaces-to-dump';

export interface PreflightDumpInput {
  /** Absent: every database of the cluster. */
  database?: string;
  /** Without a database: whose. Default: YSQL. */
  api?: Api;
  tables?: string[];
  /** Rows are read. */
  rows: boolean;
  unlisted?: string;
}

export interface PreflightDumpResult {
  /** What there is to dump, `ysql.…` or `ycql.…`, by name. */
  databases: string[];
  warnings: string[];
}

/** Refuses early, with everything that is wrong in one message. A dump needs no node worker. */
export function makePreflightDump(dependencies: ControlDependencies) {
  return async function preflightDump(input: PreflightDumpInput): Promise<PreflightDumpResult> {
    const { database, rows } = input;
    const findings = new Findings();
    const { sql } = dependencies.yugabyte();
    const api = database === undefined ? (input.api ?? 'ysql') : apiOf(database);
    const [cluster] = await Promise.all([
      checkCluster(dependencies.yugabyte(), findings, { sql: api === 'ysql' }),
      checkStore(dependencies, findings),
    ]);
    if (api === 'ycql') {
      const databases = cluster.masters && cluster.tools ? await keyspacesToDump(dependencies, input, findings) : [];
      const refusal = failWithFindings(`The dump of ${database ?? dependencies.config.cluster}`, findings.list);
      if (refusal) throw refusal;
      return { databases, warnings: findings.warnings };
    }
    const listed = cluster.sql
      ? ((await findings.check('The databases', async () => await sql.listDatabases())) ?? []).map(({ name }) => name)
      : [];
    const names =
      database === undefined
        ? listed.filter((name) => !SCRATCH_NAME.test(name))
        : listed.filter((name) => name === bareName(database) && !SCRATCH_NAME.test(name));
    if (database !== undefined && cluster.sql && names.length === 0)
      findings.add('NotFound', missing(database, dependencies.config.cluster), { database });
    for (const name of names) if (rows) await checkRights(dependencies, name, findings);
    if (input.tables && names.length > 0) await checkTables(dependencies, bareName(database ?? ''), input, findings);
    const failure = failWithFindings(`The dump of ${database ?? dependencies.config.cluster}`, findings.list);
    if (failure) throw failure;
    return { databases: names.map((name) => `ysql.${name}`), warnings: findings.warnings };
  };
}

function missing(database: string, cluster: string): string {
  return SCRATCH_NAME.test(bareName(database))
    ? `${database} is the scratch database of a restore or load, which is not dumped.`
    : `There is no database ${database} on cluster ${cluster}. List them: kalpa inspect.`;
}

/** `ysql_dump` would fail at the first table that it may not lock. */
async function checkRights({ yugabyte, config }: ControlDependencies, name: string, findings: Findings): Promise<void> {
  const unreadable = await findings.check(
    'The rights of the SQL user',
    async () => await yugabyte().sql.unreadableRelations(name),
  );
  if (!unreadable || unreadable.length === 0) return;
  findings.add(
    'PreflightFailed',
    `The SQL user "${config.ysql.user}" may not read ${unreadable.length} tables or sequences of ysql.${name} (first: ${unreadable[0] ?? ''}), so it can't be dumped. Grant it SELECT on all of them, or set a superuser as ysql.user in kalpa.yaml.`,
    { user: config.ysql.user, relations: unreadable.length },
  );
}

/** The tables are there, and what their foreign keys refer to comes along. */
async function checkTables(
  { yugabyte }: ControlDependencies,
  name: string,
  { tables = [] }: PreflightDumpInput,
  findings: Findings,
): Promise<void> {
  const choice = await findings.check('The tables', async () => await yugabyte().sql.chooseTables(name, tables));
  if (!choice) return;
  if (choice.unknown.length > 0)
    findings.add(
      'NotFound',
      `ysql.${name} has no table ${choice.unknown.join(', ')}. Give the names as they are stored, "schema.table" outside of public, odd ones in double quotes.`,
      { tables: choice.unknown },
    );
  if (choice.outside.length > 0)
    findings.add(
      'PreflightFailed',
      `Foreign keys of the chosen tables refer to tables that were not chosen, so the dump could not be loaded: ${choice.outside.map(({ table, refersTo }) => `${table} to ${refersTo}`).join(', ')}. Add those tables.`,
      { missing: choice.outside.map(({ refersTo }) => refersTo), chosen: choice.chosen.map(shownName).slice(0, 20) },
    );
}
