import { liveTables, tablesOf, type Entities } from '../../../yugabyte';
import type { NodeState } from '../../internal-types';
import { checkCluster } from '../preflight/check-cluster';
import { checkDatabase } from '../preflight/check-database';
import { checkFreeSpaceForSnapshot } from '../preflight/check-free-space';
import { checkRights } from '../preflight/check-rights';
import { checkStore } from '../preflight/check-store';
import type { Checks } from '../preflight/checks';
import { definePreflight } from '../preflight/define-preflight';

export interface PreflightBackupInput {
  database: string;
  /** Of a keyspace: only these. */
  tables?: string[];
  nodes: NodeState[];
  /** Why the masters could not list the nodes. */
  unlisted?: string;
}

/** Refuses early, with everything that is wrong in one message; what does not stop this run is a warning. */
export const makePreflightBackup = definePreflight<PreflightBackupInput, { warnings: string[] }>({
  subject: ({ database }) => `The backup of ${database}`,
  ask: async (checks, { database, tables, nodes, unlisted }) => {
    const [cluster] = await Promise.all([checkCluster(checks, database, { unlisted }), checkStore(checks)]);
    const exists = await checkDatabase(checks, { database, tables, cluster });
    if (exists) await checkRights(checks, database, "its schema can't be dumped");
    checkFreeSpaceForSnapshot(checks, cluster.tservers ?? []);
    if (exists && cluster.masters) {
      const entities = await checks.look(
        "The masters' list of tablets",
        async ({ yugabyte }, { signal }) => await yugabyte().http.dumpEntities(signal),
      );
      if (entities) await checkReplicas(checks, entities, database, nodes);
    }
    return { warnings: checks.findings.warnings };
  },
});

/** One dead tserver must not stop a backup: only a tablet with no replica on any node with a worker does. */
async function checkReplicas(checks: Checks, entities: Entities, database: string, nodes: NodeState[]): Promise<void> {
  const served = new Set(nodes.filter(({ worker }) => worker).map(({ uuid }) => uuid));
  const unserved = (tables: Entities['tables']): Entities['tablets'] => {
    const ids = new Set(tables.map(({ id }) => id));
    return entities.tablets.filter(
      ({ tableId, replicas }) => ids.has(tableId) && !replicas.some(({ tserverUuid }) => served.has(tserverUuid)),
    );
  };
  let without = unserved(tablesOf(entities, database));
  if (without.length > 0) {
    const standing = await checks.look(
      `The tables of ${database}`,
      async ({ yugabyte }, { signal }) => await liveTables(yugabyte(), entities, database, signal),
    );
    without = standing ? unserved(standing) : without;
  }
  const missing = nodes.filter(({ worker }) => !worker);
  const why = missing.map(({ address, workerProblem }) => `${address}: ${workerProblem ?? 'no worker'}`).join('; ');
  if (without.length > 0) {
    checks.add(
      'PreflightFailed',
      `${without.length} tablets of ${database} have no replica on a node with a Kalpa worker (first: ${without[0]?.id ?? ''}). ${why}. Start \`kalpa worker node\` there.`,
      { tablets: without.length },
    );
  } else if (missing.length > 0) {
    checks.warn(
      `${missing.length} of ${nodes.length} nodes did not take part; other replicas were copied instead: ${why}.`,
    );
  }
}
