import { apiOf, bareName, SCRATCH_NAME } from '../../../contract';
import type { ControlDependencies } from '../dependencies';
import type { Findings } from './findings';
import { keyspaceTables } from '../keyspace-tables';

/** The database is there and is nobody's scratch database. False: there is a finding that says why not. */
export async function checkDatabase(
  { yugabyte, config }: ControlDependencies,
  database: string,
  findings: Findings,
): Promise<boolean> {
  const name = bareName(database);
  const exists = await findings.check(
    `The database ${database}`,
    async () => await yugabyte().sql.databaseExists(name),
  );
  if (exists === false)
    findings.add(
      'NotFound',
      `There is no database ${database} on cluster ${config.cluster}. List them: kalpa inspect.`,
      {
        database,
      },
    );
  if (SCRATCH_NAME.test(name))
    findings.add('NotFound', `${database} is the scratch database of a restore, which Kalpa leaves alone.`, {
      database,
    });
  return exists === true && !SCRATCH_NAME.test(name);
}

/** It has a table: the cluster refuses to snapshot an empty database. */
export async function checkTables(
  { yugabyte }: ControlDependencies,
  database: string,
  findings: Findings,
): Promise<boolean> {
  const relations = await findings.check(
    `The tables of ${database}`,
    async () => await yugabyte().sql.createdRelationsWithStorage(bareName(database)),
  );
  if (relations?.length === 0)
    findings.add(
      'PreflightFailed',
      `${database} has no table, and an empty database can't be snapshotted. Create a table first, or use a logical dump.`,
      { database },
    );
  return relations !== undefined && relations.length > 0;
}

/** The database or keyspace is there and has a table, so the cluster can snapshot it; asks only what answered before. */
export async function checkSnapshottable(
  dependencies: ControlDependencies,
  {
    database,
    tables,
    cluster,
  }: { database: string; tables?: readonly string[] | undefined; cluster: AnsweringCluster },
  findings: Findings,
): Promise<boolean> {
  if (apiOf(database) === 'ycql')
    return cluster.masters && cluster.tools && (await checkKeyspace(dependencies, { database, tables }, findings));
  return (
    cluster.sql &&
    (await checkDatabase(dependencies, database, findings)) &&
    (await checkTables(dependencies, database, findings))
  );
}

interface AnsweringCluster {
  tools: boolean;
  sql: boolean;
  masters: boolean;
}

/**
 * The keyspace is there, YCQL lets us in, and the tables that are asked for exist (or any, unless `mayBeEmpty`). False: there is a finding that
 * says why not.
 */
export async function checkKeyspace(
  { yugabyte, config }: ControlDependencies,
  {
    database,
    tables,
    mayBeEmpty = false,
  }: { database: string; tables?: readonly string[] | undefined; mayBeEmpty?: boolean },
  findings: Findings,
): Promise<boolean> {
  const keyspace = bareName(database);
  const [letIn, there] = await Promise.all([
    findings.check('YCQL', async () => {
      await yugabyte().cql.ping();
      return true;
    }),
    findings.check(
      `The keyspace ${database}`,
      async () => (await keyspaceTables(yugabyte(), keyspace)) ?? ('none' as const),
    ),
  ]);
  if (there === undefined) return false;
  if (there === 'none') {
    findings.add(
      'NotFound',
      `There is no keyspace ${database} on cluster ${config.cluster}. List them: kalpa inspect.`,
      {
        database,
      },
    );
    return false;
  }
  const names = there.filter(({ index }) => !index).map(({ name }) => name);
  const unknown = (tables ?? []).filter((table) => !names.includes(table));
  if (unknown.length > 0)
    findings.add(
      'NotFound',
      `${database} has no table ${unknown.join(', ')}. It has: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
      { tables: unknown },
    );
  const empty = names.length === 0 && !mayBeEmpty;
  if (empty)
    findings.add(
      'PreflightFailed',
      `${database} has no table, and an empty keyspace can't be snapshotted. Create a table first.`,
      { database },
    );
  return letIn === true && !empty && unknown.length === 0;
}
