import { checkCluster } from '../preflight/check-cluster';
import { didYouMean } from '../../../contract/fields/nearest-name';
import { checkAbsent, checkPresent, inspectDatabase } from '../preflight/check-database';
import { checkDumpObjects } from './check-dump-objects';
import { checkStore } from '../preflight/check-store';
import { partOf, tablePartsOf, type LoadableDump, type TablePart } from '../lookup/find-dump';
import { loadSpeed, readDefinitions } from '../content/keyspace-content';
import type { Checks } from '../preflight/checks';
import { definePreflight } from '../preflight/define-preflight';
import { warnOfRelease } from './preflight-load';

export interface PreflightLoadKeyspaceInput {
  dump: LoadableDump;
  target: { database: string; name: string };
  /** Only the rows of these. */
  tables?: string[];
  /** Refusals that the caller accepts. */
  accept?: string[];
}

export interface PreflightLoadKeyspaceResult {
  /** Tables that the load creates. */
  tables: string[];
  /** Tables whose rows it loads. */
  filled: string[];
  warnings: string[];
}

/** Refuses early, with everything that is wrong in one message. */
export const makePreflightLoadKeyspace = definePreflight<PreflightLoadKeyspaceInput, PreflightLoadKeyspaceResult>({
  subject: ({ dump }) => `The load of ${dump.dumpId}`,
  ask: async (checks, input) => {
    const { dump, tables, accept } = input;
    const [cluster, , found] = await Promise.all([
      checkCluster(checks, input.target.database),
      checkStore(checks),
      checks.look(`The manifest of ${dump.dumpId}`, async (clients) => ({
        ...(await partOf(clients, dump)),
        rows: await tablePartsOf(clients, dump),
      })),
    ]);
    if (!found) return undefined;
    const { part, rows, yugabyteVersion } = found;
    await checkDumpObjects(checks, dump, [part, ...rows]);
    await checks.look(undefined, async (clients) => {
      for (const one of rows) loadSpeed(one, dump);
      return dump.content === 'data' || (await readDefinitions(clients, part, dump, accept));
    });
    const names = part.tables.map(({ name }) => name);
    const unknown = (tables ?? []).filter((name) => !names.includes(name));
    if (unknown.length > 0)
      checks.add(
        'NotFound',
        `${dump.dumpId} has no table ${unknown.join(', ')}.${didYouMean(unknown[0] ?? '', names)}`,
        { tables: unknown },
      );
    const filled = rows.filter(({ csv }) => tables?.includes(csv.table) ?? true);
    if (cluster.listed && cluster.loginAccepted) await checkTarget(checks, input, filled);
    if (cluster.tools) await warnOfRelease(checks, yugabyteVersion);
    return { tables: names, filled: filled.map(({ csv }) => csv.table), warnings: checks.findings.warnings };
  },
});

async function checkTarget(
  checks: Checks,
  { dump, target }: PreflightLoadKeyspaceInput,
  filled: TablePart[],
): Promise<void> {
  if (dump.content !== 'data') {
    await checkAbsent(checks, target);
    return;
  }
  if (!(await checkPresent(checks, target, dump.dumpId))) return;
  const there = await inspectDatabase(checks, target.database);
  if (there === undefined || there === 'none') return;
  for (const { csv } of filled) {
    if (there.some(({ name, kind }) => name === csv.table && kind === 'table')) await checkFilled(checks, target, csv);
    else
      checks.add('NotFound', `${target.database} has no table ${csv.table}. Load a dump of its schema first.`, {
        table: csv.table,
      });
  }
}

/** Rows only are loaded into existing, empty tables: nothing is mixed, and the digest proves what was loaded. */
async function checkFilled(
  checks: Checks,
  target: { database: string; name: string },
  { table, columns }: TablePart['csv'],
): Promise<void> {
  const name = `${target.database}, table ${table},`;
  const there = await checks.look(name, async ({ yugabyte }, { signal }) => {
    const { cql } = yugabyte();
    return await Promise.all([
      cql.listColumns(target.name, table, { signal }),
      cql.hasRows(target.name, table, { signal }),
    ]);
  });
  if (!there) return;
  const [known, hasRows] = there;
  const lacking = columns.filter((column) => !known.some((one) => one.name === column));
  if (lacking.length > 0)
    checks.add('PreflightFailed', `${name} does not have the columns ${lacking.join(', ')} of the dump. Add them.`, {
      columns: lacking,
    });
  if (known.some(({ type }) => type === 'counter'))
    checks.add(
      'PreflightFailed',
      `${name} has counters, and rows that are loaded again after a broken connection would count twice. Load a dump that has the schema too, under another name with "as".`,
      { table },
    );
  if (hasRows)
    checks.add(
      'PreflightFailed',
      `${name} already has rows, and a dump of rows is loaded into empty tables only. Empty it, or choose others with "tables".`,
      { table },
    );
}
