import { compareVersions } from '../../../yugabyte';
import { failWithFindings } from '../../application-failure';
import { checkCluster } from './check-cluster';
import { checkDumpObjects } from './check-dump-objects';
import { checkStore } from './check-store';
import type { ControlDependencies } from '../dependencies';
import { partOf, tablePartsOf, type LoadableDump, type TablePart } from '../find-dump';
import { Findings } from './findings';
import { keyspaceTables } from '../keyspace-tables';

export interface PreflightLoadKeyspaceInput {
  dump: LoadableDump;
  target: { database: string; name: string };
  /** Only the rows of these. */
  tables?: string[];
}

export interface PreflightLoadKeyspaceResult {
  /** That the load makes. */
  tables: string[];
  /** Whose rows it loads. */
  filled: string[];
  warnings: string[];
}

/** Refuses early, with everything that is wrong in one message. */
export function makePreflightLoadKeyspace(dependencies: ControlDependencies) {
  return async function preflightLoadKeyspace(input: PreflightLoadKeyspaceInput): Promise<PreflightLoadKeyspaceResult> {
    const { dump, tables } = input;
    const findings = new Findings();
    const yugabyte = dependencies.yugabyte();
    const { part, yugabyteVersion } = await partOf(dependencies, dump);
    const rows = await tablePartsOf(dependencies, dump);
    const [cluster] = await Promise.all([
      checkCluster(yugabyte, findings, { sql: false }),
      checkStore(dependencies, findings),
      checkDumpObjects(dependencies, dump, [part, ...rows], findings),
    ]);
    const names = part.tables.map(({ name }) => name);
    const unknown = (tables ?? []).filter((name) => !names.includes(name));
    if (unknown.length > 0)
      findings.add('NotFound', `${dump.dumpId} holds no table ${unknown.join(', ')}.`, { tables: unknown });
    const filled = rows.filter(({ csv }) => tables?.includes(csv.table) ?? true);
    if (cluster.tools && cluster.masters) await checkTarget(dependencies, input, filled, findings);
    if (cluster.tools) {
      const release = await yugabyte.release();
      if (compareVersions(yugabyteVersion, release) > 0)
        findings.warnings.push(
          `The dump was made by YugabyteDB ${yugabyteVersion}, which is newer than this cluster (${release}): a statement may not be known here, and would stop the load.`,
        );
    }
    const failure = failWithFindings(`The load of ${dump.dumpId}`, findings.list);
    if (failure) throw failure;
    return { tables: names, filled: filled.map(({ csv }) => csv.table), warnings: findings.warnings };
  };
}

async function checkTarget(
  dependencies: ControlDependencies,
  { dump, target }: PreflightLoadKeyspaceInput,
  filled: TablePart[],
  findings: Findings,
): Promise<void> {
  const yugabyte = dependencies.yugabyte();
  const letIn = await findings.check('YCQL', async () => {
    await yugabyte.cql.ping();
    return true;
  });
  const there = await findings.check(
    `The keyspace ${target.database}`,
    async () => (await keyspaceTables(yugabyte, target.name)) ?? ('none' as const),
  );
  if (letIn === undefined || there === undefined) return;
  if (dump.content !== 'data') {
    if (there !== 'none')
      findings.add(
        'AlreadyExists',
        `A keyspace ${target.database} exists already and is never overwritten. Give another name with "as", or drop it yourself first.`,
        { database: target.database },
      );
    return;
  }
  if (there === 'none') {
    findings.add(
      'NotFound',
      `${dump.dumpId} holds rows alone, and there is no keyspace ${target.database} on cluster ${dependencies.config.cluster} to load them into. Load a dump of its schema first, or name the keyspace with "as".`,
      { database: target.database },
    );
    return;
  }
  for (const { csv } of filled) {
    if (there.some(({ name, index }) => name === csv.table && !index))
      await checkFilled(dependencies, target, csv, findings);
    else
      findings.add('NotFound', `${target.database} lacks the table ${csv.table}. Load a dump of its schema first.`, {
        table: csv.table,
      });
  }
}

/** Rows alone go into tables that are there and empty: nothing is mixed, and the digest proves what was loaded. */
async function checkFilled(
  { yugabyte }: ControlDependencies,
  target: { database: string; name: string },
  { table, columns }: TablePart['csv'],
  findings: Findings,
): Promise<void> {
  const { cql } = yugabyte();
  const name = `${target.database}, table ${table},`;
  const there = await findings.check(
    name,
    async () => await Promise.all([cql.listColumns(target.name, table), cql.hasRows(target.name, table)]),
  );
  if (!there) return;
  const [known, hasRows] = there;
  const lacking = columns.filter((column) => !known.some((one) => one.name === column));
  if (lacking.length > 0)
    findings.add('PreflightFailed', `${name} lacks the columns ${lacking.join(', ')} of the dump. Add them.`, {
      columns: lacking,
    });
  if (known.some(({ type }) => type === 'counter'))
    findings.add(
      'PreflightFailed',
      `${name} has counters: what is loaded twice after a broken connection would count twice. Load a dump that has the schema too, under another name with "as".`,
      { table },
    );
  if (hasRows)
    findings.add(
      'PreflightFailed',
      `${name} holds rows already, and a dump of rows is loaded into empty tables only. Empty it, or choose others with "tables".`,
      { table },
    );
}
