import { apiOf } from '../../../contract';
import type { ControlDependencies } from '../dependencies';
import type { Findings } from './findings';
import { keyspaceTables } from '../keyspace-tables';

/** Nothing has the name of the copy yet; asks only what answered before. */
export async function checkNewName(
  { yugabyte }: ControlDependencies,
  {
    database,
    as,
    cluster,
  }: { database: string; as: string; cluster: { sql: boolean; masters: boolean; tools: boolean } },
  findings: Findings,
): Promise<void> {
  const api = apiOf(database);
  const exists =
    api === 'ysql'
      ? cluster.sql && (await yugabyte().sql.databaseExists(as))
      : cluster.masters && cluster.tools && (await keyspaceTables(yugabyte(), as)) !== undefined;
  if (!exists) return;
  const kind = api === 'ysql' ? 'database' : 'keyspace';
  findings.add('AlreadyExists', `A ${kind} ${api}.${as} exists already. Give another name with "as".`, { as });
}
