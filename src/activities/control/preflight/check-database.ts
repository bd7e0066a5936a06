import { apiOf, bareName, languageOf, SCRATCH_NAME } from '../../../contract';
import { didYouMean, didYouMeanDatabase } from '../../../contract/fields/nearest-name';
import { listNamespaces, type StoredTable } from '../../../yugabyte';
import type { AnsweringCluster } from './check-cluster';
import type { Checks } from './checks';

interface Wanted {
  database: string;
  /** Tables that must exist; for an API whose tables can be chosen. */
  tables?: readonly string[] | undefined;
  /** Without tables there is nothing to snapshot. */
  mayBeEmpty?: boolean;
  cluster: AnsweringCluster;
}

/**
 * The database exists, is nobody's scratch database, accepts our login, and has the requested tables (or any, unless
 * `mayBeEmpty`). Asks only what has answered so far. False: there is a finding that says why not.
 */
export async function checkDatabase(
  checks: Checks,
  { database, tables, mayBeEmpty = false, cluster }: Wanted,
): Promise<boolean> {
  if (!cluster.listed) return false;
  const there = await inspectDatabase(checks, database);
  if (there === 'none') await addMissingDatabase(checks, database);
  const hidden = hiddenAs(database);
  if (hidden !== undefined)
    checks.add('NotFound', `${database} is ${hidden}, which Kalpa does not touch.`, { database });
  if (there === undefined || there === 'none' || hidden !== undefined) return false;
  const known = checkNamed(checks, { database, tables, there });
  const empty = !mayBeEmpty && !there.some(({ kind }) => kind !== 'index');
  if (empty)
    checks.add(
      'PreflightFailed',
      `${database} has no table, and an empty ${languageOf(database).noun} can't be snapshotted. Create a table first, or use a logical dump.`,
      { database },
    );
  return cluster.loginAccepted && !empty && known;
}

/** Tables and indexes of a database; 'none': there is no such database. Undefined: there is a finding. */
export async function inspectDatabase(checks: Checks, database: string): Promise<StoredTable[] | 'none' | undefined> {
  return await checks.look(
    `The ${languageOf(database).noun} ${database}`,
    async ({ yugabyte }, { signal }) =>
      (await yugabyte().api(database).tables(bareName(database), { signal })) ?? 'none',
  );
}

/** There is no such database or keyspace: suggests the one that was meant, perhaps of the other API. */
export async function addMissingDatabase(checks: Checks, database: string): Promise<void> {
  const meant = await nearestDatabase(checks, database);
  checks.add(
    'NotFound',
    `There is no ${languageOf(database).noun} ${database} on cluster ${checks.config.cluster}.${meant} List them: kalpa inspect.`,
    { database },
  );
}

/** ` Did you mean …?` from the databases of the cluster; nothing when it does not answer at the moment. */
export async function nearestDatabase(checks: Checks, database: string): Promise<string> {
  const known = await checks.lookIfThere(undefined, async ({ yugabyte }, { signal }) => {
    const cluster = yugabyte();
    if ((await cluster.capabilities(signal)).listsNamespaces) {
      const namespaces = await cluster.run(listNamespaces, {}, { signal });
      return namespaces.filter(({ system }) => !system).map(({ name, api }) => `${api}.${name}`);
    }
    const api = cluster.api(database);
    return (await api.list({ signal })).map((name) => `${api.api}.${name}`);
  });
  return didYouMeanDatabase(
    database,
    (known ?? []).filter((one) => hiddenAs(one) === undefined),
  );
}

/** The requested tables exist. */
export function checkNamed(
  checks: Checks,
  {
    database,
    tables = [],
    there,
  }: { database: string; tables?: readonly string[] | undefined; there: readonly StoredTable[] },
): boolean {
  const names = there.filter(({ kind }) => kind !== 'index').map(({ name }) => name);
  const unknown = tables.filter((table) => !names.includes(table));
  if (unknown.length > 0)
    checks.add(
      'NotFound',
      `${database} has no table ${unknown.join(', ')}.${didYouMean(unknown[0] ?? '', names)} It has: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
      { tables: unknown },
    );
  return unknown.length === 0;
}

interface Target {
  database: string;
  name: string;
}

/** Nothing is overwritten. */
export async function checkAbsent(checks: Checks, { database, name }: Target): Promise<void> {
  const { noun } = languageOf(database);
  const exists = await askWhether(checks, `The ${noun} ${database}`, database, name);
  if (exists === true)
    checks.add(
      'AlreadyExists',
      `A ${noun} ${database} already exists and is never overwritten. Choose another name with "as", or drop it yourself first.`,
      { database },
    );
}

/** Rows only need existing tables. */
export async function checkPresent(checks: Checks, { database, name }: Target, subject: string): Promise<boolean> {
  const { noun } = languageOf(database);
  const exists = await askWhether(checks, `The ${noun} ${database}`, database, name);
  if (exists === false)
    checks.add(
      'NotFound',
      `${subject} has only rows, and there is no ${noun} ${database} on cluster ${checks.config.cluster} to load them into.${await nearestDatabase(checks, database)} Load a dump of its schema first, or name the ${noun} with "as".`,
      { database },
    );
  return exists === true;
}

/** Nothing has the name of the copy yet; asks only what has answered so far. */
export async function checkNewName(
  checks: Checks,
  { database, as, cluster }: { database: string; as: string; cluster: AnsweringCluster },
): Promise<void> {
  if (!cluster.listed) return;
  const copy = `${apiOf(database)}.${as}`;
  if (await askWhether(checks, `The name ${copy}`, database, as))
    checks.add(
      'AlreadyExists',
      `A ${languageOf(database).noun} ${copy} already exists. Choose another name with "as".`,
      {
        as,
      },
    );
}

async function askWhether(
  checks: Checks,
  subject: string,
  database: string,
  name: string,
): Promise<boolean | undefined> {
  return await checks.look(
    subject,
    async ({ yugabyte }, { signal }) => await yugabyte().api(database).exists(name, { signal }),
  );
}

/**
 * Why Kalpa leaves a database alone, as in `ysql.x is …`; undefined: it is a user's own. Only what can be renamed ever
 * has a scratch name.
 */
export function hiddenAs(database: string): string | undefined {
  if (!languageOf(database).renames) return undefined;
  if (SCRATCH_NAME.test(bareName(database))) return 'the scratch database of a restore or load';
  return /^template[01]$/.test(bareName(database)) ? 'a template of the system' : undefined;
}
