import { bareName, SCRATCH_NAME } from '../../contract';
import type { ControlDependencies } from './dependencies';
import type { Findings } from './findings';

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
