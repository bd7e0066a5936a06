import { apiOf, bareName } from '../../../contract';
import type { Entities } from '../../../yugabyte';
import { failWithFindings } from '../../application-failure';
import type { NodeState } from '../../shapes';
import { checkCluster } from './check-cluster';
import { checkDatabase, checkKeyspace, checkTables } from './check-database';
import { checkRoomForSnapshot } from './check-room';
import { checkStore } from './check-store';
import type { ControlDependencies } from '../dependencies';
import { Findings } from './findings';

export interface PreflightBackupInput {
  database: string;
  /** Of a keyspace. */
  tables?: string[];
  nodes: NodeState[];
  /** Why the masters could not list the nodes. */
  unlisted?: string;
}

/** Refuses early, with everything that is wrong in one message; what does not stop this run is a warning. */
export function makePreflightBackup(dependencies: ControlDependencies) {
  return async function preflightBackup({
    database,
    tables,
    nodes,
    unlisted,
  }: PreflightBackupInput): Promise<{ warnings: string[] }> {
    const findings = new Findings();
    const yugabyte = dependencies.yugabyte();
    const [cluster] = await Promise.all([
      checkCluster(yugabyte, findings, { unlisted, sql: apiOf(database) === 'ysql' }),
      checkStore(dependencies, findings),
    ]);
    const exists =
      apiOf(database) === 'ycql'
        ? cluster.masters && cluster.tools && (await checkKeyspace(dependencies, { database, tables }, findings))
        : await checkSql(dependencies, database, cluster, findings);
    checkRoomForSnapshot(cluster.tservers ?? [], findings);
    if (exists && cluster.masters) {
      const entities = await findings.check(
        "The masters' list of tablets",
        async () => await yugabyte.http.dumpEntities(),
      );
      if (entities) checkReplicas(entities, database, nodes, findings);
    }
    const failure = failWithFindings(`The backup of ${database}`, findings.list);
    if (failure) throw failure;
    return { warnings: findings.warnings };
  };
}

async function checkSql(
  dependencies: ControlDependencies,
  database: string,
  cluster: { sql: boolean },
  findings: Findings,
): Promise<boolean> {
  if (!cluster.sql || !(await checkDatabase(dependencies, database, findings))) return false;
  if (await checkTables(dependencies, database, findings))
    await checkRights(dependencies, bareName(database), findings);
  return true;
}

/** `ysql_dump` would fail at the first table that it may not lock, when the snapshot is already there. */
async function checkRights({ yugabyte, config }: ControlDependencies, name: string, findings: Findings): Promise<void> {
  const unreadable = await findings.check(
    'The rights of the SQL user',
    async () => await yugabyte().sql.unreadableRelations(name),
  );
  if (!unreadable || unreadable.length === 0) return;
  findings.add(
    'PreflightFailed',
    `The SQL user "${config.ysql.user}" may not read ${unreadable.length} tables or sequences of ysql.${name} (first: ${unreadable[0] ?? ''}), so its schema can't be dumped. Grant it SELECT on all of them, or set a superuser as ysql.user in kalpa.yaml.`,
    { user: config.ysql.user, relations: unreadable.length },
  );
}

/** One dead tserver must not stop a backup: only a tablet without any replica on a node with a worker does. */
function checkReplicas(entities: Entities, database: string, nodes: NodeState[], findings: Findings): void {
  const keyspace = entities.keyspaces.find((one) => one.name === bareName(database) && one.api === apiOf(database));
  const tables = new Set(entities.tables.filter(({ keyspaceId }) => keyspaceId === keyspace?.id).map(({ id }) => id));
  const served = new Set(nodes.filter(({ worker }) => worker).map(({ uuid }) => uuid));
  const without = entities.tablets.filter(
    ({ tableId, replicas }) => tables.has(tableId) && !replicas.some(({ tserverUuid }) => served.has(tserverUuid)),
  );
  const missing = nodes.filter(({ worker }) => !worker);
  const why = missing.map(({ address, workerProblem }) => `${address}: ${workerProblem ?? 'no worker'}`).join('; ');
  if (without.length > 0) {
    findings.add(
      'PreflightFailed',
      `${without.length} tablets of ${database} have no replica on a node with a Kalpa worker (first: ${without[0]?.id ?? ''}). ${why}. Start \`kalpa worker node\` there.`,
      { tablets: without.length },
    );
  } else if (missing.length > 0) {
    findings.warnings.push(
      `${missing.length} of ${nodes.length} nodes took no part, other replicas were copied: ${why}.`,
    );
  }
}
