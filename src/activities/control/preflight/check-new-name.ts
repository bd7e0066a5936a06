import { apiOf } from '../../../contract';
import type { AnsweringCluster } from './check-cluster';
import { lookAtKeyspace } from './check-database';
import type { Checks } from './checks';

/** Nothing has the name of the copy yet; asks only what answered before. */
export async function checkNewName(
  checks: Checks,
  { database, as, cluster }: { database: string; as: string; cluster: AnsweringCluster },
): Promise<void> {
  const api = apiOf(database);
  const exists = api === 'ysql' ? cluster.sql && (await ofDatabase(checks, as)) : await ofKeyspace(checks, cluster, as);
  if (!exists) return;
  const kind = api === 'ysql' ? 'database' : 'keyspace';
  checks.add('AlreadyExists', `A ${kind} ${api}.${as} exists already. Give another name with "as".`, { as });
}

async function ofDatabase(checks: Checks, as: string): Promise<boolean | undefined> {
  return await checks.look(
    `The name ysql.${as}`,
    async ({ yugabyte }, { signal }) => await yugabyte().sql.databaseExists(as, { signal }),
  );
}

async function ofKeyspace(checks: Checks, { masters, tools }: AnsweringCluster, as: string): Promise<boolean> {
  const there = masters && tools ? await lookAtKeyspace(checks, `ycql.${as}`) : undefined;
  return there !== undefined && there !== 'none';
}
