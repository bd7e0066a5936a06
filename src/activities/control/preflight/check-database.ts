import { apiOf, bareName, SCRATCH_NAME } from '../../../contract';
import { keyspaceTables, type KeyspaceTable } from '../keyspace-tables';
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
  if (exists === false)
    checks.add(
      'NotFound',
      `There is no database ${database} on cluster ${checks.config.cluster}. List them: kalpa inspect.`,
      { database },
    );
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
    addMissingKeyspace(checks, database);
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

export function addMissingKeyspace(checks: Checks, database: string): void {
  checks.add(
    'NotFound',
    `There is no keyspace ${database} on cluster ${checks.config.cluster}. List them: kalpa inspect.`,
    { database },
  );
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
      `${database} has no table ${unknown.join(', ')}. It has: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
      { tables: unknown },
    );
  return unknown.length === 0;
}
