import { apiOf, bareName, SCRATCH_NAME } from '../../../contract';
import { didYouMean, didYouMeanDatabase } from '../../../contract/fields/nearest-name';
import { listNamespaces } from '../../../yugabyte';
import { keyspaceTables, userKeyspaces, type KeyspaceTable } from '../run/keyspace-tables';
import type { AnsweringCluster } from './check-cluster';
import type { Checks } from './checks';
import { isHidden } from './hidden-database';

/** The database is there and is nobody's scratch database. False: there is a finding that says why not. */
export async function checkDatabase(checks: Checks, database: string): Promise<boolean> {
  const name = bareName(database);
  const exists = await checks.look(
    `The database ${database}`,
    async ({ yugabyte }, { signal }) => await yugabyte().sql.databaseExists(name, { signal }),
  );
  if (exists === false) await addMissingDatabase(checks, database);
  if (isHidden(name)) {
    const what = SCRATCH_NAME.test(name) ? 'the scratch database of a restore' : 'a template of the system';
    checks.add('NotFound', `${database} is ${what}, which Kalpa leaves alone.`, { database });
  }
  return exists === true && !isHidden(name);
}

/** It has a table: the cluster refuses to snapshot an empty database. */
export async function checkTables(checks: Checks, database: string): Promise<boolean> {
  const relations = await checks.look(
    `The tables of ${database}`,
    async ({ yugabyte }, { signal }) =>
      await yugabyte().sql.createdRelationsWithStorage(bareName(database), { signal }),
  );
  if (relations?.length === 0)
    checks.add(
      'PreflightFailed',
      `${database} has no table, and an empty database can't be snapshotted. Create a table first, or use a logical dump.`,
      { database },
    );
  return relations !== undefined && relations.length > 0;
}

/** The database or keyspace is there and has a table, so the cluster can snapshot it; asks only what answered before. */
export async function checkSnapshottable(
  checks: Checks,
  {
    database,
    tables,
    cluster,
  }: { database: string; tables?: readonly string[] | undefined; cluster: AnsweringCluster },
): Promise<boolean> {
  if (apiOf(database) === 'ycql')
    return cluster.masters && cluster.tools && (await checkKeyspace(checks, { database, tables }));
  return cluster.sql && (await checkDatabase(checks, database)) && (await checkTables(checks, database));
}

/** Tables and indexes of a keyspace; 'none': there is no such keyspace. Undefined: there is a finding. */
export async function lookAtKeyspace(checks: Checks, database: string): Promise<KeyspaceTable[] | 'none' | undefined> {
  return await checks.look(
    `The keyspace ${database}`,
    async ({ yugabyte }, { signal }) => (await keyspaceTables(yugabyte(), bareName(database), signal)) ?? 'none',
  );
}

/** YCQL lets us in. */
export async function checkYcql(checks: Checks): Promise<boolean> {
  const letIn = await checks.look('YCQL', async ({ yugabyte }, { signal }) => {
    await yugabyte().cql.ping({ signal });
    return true;
  });
  return letIn === true;
}

/**
 * The keyspace is there, YCQL lets us in, and the tables that are asked for exist (or any, unless `mayBeEmpty`). False: there is a finding that
 * says why not.
 */
export async function checkKeyspace(
  checks: Checks,
  {
    database,
    tables,
    mayBeEmpty = false,
  }: { database: string; tables?: readonly string[] | undefined; mayBeEmpty?: boolean },
): Promise<boolean> {
  const [letIn, there] = await Promise.all([checkYcql(checks), lookAtKeyspace(checks, database)]);
  if (there === undefined) return false;
  if (there === 'none') {
    await addMissingDatabase(checks, database);
    return false;
  }
  const known = checkNamed(checks, { database, tables, there });
  const empty = !mayBeEmpty && !there.some(({ index }) => !index);
  if (empty)
    checks.add(
      'PreflightFailed',
      `${database} has no table, and an empty keyspace can't be snapshotted. Create a table first.`,
      { database },
    );
  return letIn && !empty && known;
}

/** There is no such database or keyspace: which one was meant, perhaps of the other API. */
export async function addMissingDatabase(checks: Checks, database: string): Promise<void> {
  const what = apiOf(database) === 'ycql' ? 'keyspace' : 'database';
  const meant = await nearestDatabase(checks, database);
  checks.add(
    'NotFound',
    `There is no ${what} ${database} on cluster ${checks.config.cluster}.${meant} List them: kalpa inspect.`,
    { database },
  );
}

/** ` Did you mean …?` of the databases that the cluster has; nothing where it does not answer just now. */
export async function nearestDatabase(checks: Checks, database: string): Promise<string> {
  const known = await checks.lookIfThere(undefined, async ({ yugabyte }, { signal }) => {
    const cluster = yugabyte();
    if ((await cluster.capabilities(signal)).listsNamespaces) {
      const namespaces = await cluster.run(listNamespaces, {}, { signal });
      return namespaces
        .filter(({ name, system }) => !system && !isHidden(name))
        .map(({ name, api }) => `${api}.${name}`);
    }
    return apiOf(database) === 'ycql'
      ? userKeyspaces(await cluster.http.dumpEntities(signal)).map((name) => `ycql.${name}`)
      : (await cluster.sql.listDatabases({ signal })).map(({ name }) => `ysql.${name}`);
  });
  return didYouMeanDatabase(database, known ?? []);
}

/** The tables that are asked for are in the keyspace. */
export function checkNamed(
  checks: Checks,
  {
    database,
    tables = [],
    there,
  }: { database: string; tables?: readonly string[] | undefined; there: readonly KeyspaceTable[] },
): boolean {
  const names = there.filter(({ index }) => !index).map(({ name }) => name);
  const unknown = tables.filter((table) => !names.includes(table));
  if (unknown.length > 0)
    checks.add(
      'NotFound',
      `${database} has no table ${unknown.join(', ')}.${didYouMean(unknown[0] ?? '', names)} It has: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
      { tables: unknown },
    );
  return unknown.length === 0;
}
