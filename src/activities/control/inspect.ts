import { SCRATCH_NAME, type InspectClusterResult } from '../../contract';
import { listBackups, probeStore, readBackup } from '../../repository';
import { listTables, type Entities } from '../../yugabyte';
import type { NodeState } from '../shapes';
import type { ControlDependencies } from './dependencies';
import { Findings } from './findings';

/** Databases, backups, store and problems; the nodes were asked by the workflow. */
export function makeInspect(dependencies: ControlDependencies) {
  const { store, config } = dependencies;
  return async function inspect({
    nodes,
    unlisted,
  }: {
    nodes: NodeState[];
    unlisted?: string;
  }): Promise<InspectClusterResult> {
    const yugabyte = dependencies.yugabyte();
    const findings = new Findings();
    const dialect = await findings.check('The tools', async () => await yugabyte.dialect());
    const release = dialect && (await yugabyte.release());
    const entities = await findings.check('The masters', async () => await yugabyte.http.dumpEntities());
    const tables = dialect && (await findings.check('The tables', async () => await yugabyte.run(listTables, {})));
    const indexes = new Set((tables ?? []).filter(({ type }) => type === 'index').map(({ id }) => id));
    const probe = await findings.check(`The store ${store.location}`, async () => await probeStore(store));
    if (unlisted !== undefined && entities && dialect) {
      findings.add('PreflightFailed', `The masters could not list the tservers: ${unlisted}`);
    }
    const bytes = entities ? await bytesByTablet(dependencies, nodes, findings) : new Map<string, number>();
    const names = (await findings.check('YSQL', async () => await yugabyte.sql.listDatabases())) ?? [];
    const databases: InspectClusterResult['databases'] = [];
    for (const name of names.map(({ name }) => name).filter((one) => !SCRATCH_NAME.test(one))) {
      const recoverable = probe
        ? ((await findings.check(
            `The backups of ysql.${name}`,
            async () => await recoverableFrom(dependencies, `ysql.${name}`),
          )) ?? [])
        : [];
      const newest = recoverable.at(-1);
      databases.push({
        database: `ysql.${name}`,
        ...countsOf(entities, name, { bytes, indexes }),
        ...(newest === undefined ? {} : { newestBackup: { backupId: newest.by, recoveryPoint: newest.to } }),
        recoverable,
      });
    }
    for (const { address, worker, alive, workerProblem } of nodes)
      if (!worker)
        findings.add(
          'PreflightFailed',
          `${address}: ${alive ? (workerProblem ?? 'no worker') : 'its tserver is not ALIVE'}`,
        );
    return {
      cluster: config.cluster,
      version: release ?? 'unknown',
      dialect: dialect?.since ?? 'unknown',
      nodes: nodes.map(({ address, alive, worker }) => ({
        node: address,
        alive,
        worker: worker !== undefined,
        freeBytes: worker?.freeBytes ?? null,
      })),
      databases,
      store: { safe: probe?.safe ?? false, findings: probe?.findings ?? [] },
      problems: findings.list.map(({ message }) => message),
    };
  };

  async function recoverableFrom({ repository: own }: ControlDependencies, database: string) {
    const committed = (await listBackups(own, { database })).filter(({ state }) => state === 'committed');
    const points = [];
    for (const { backupId } of committed) {
      const { recoveryPoint } = (await readBackup(own, backupId)).header;
      points.push({ from: recoveryPoint, to: recoveryPoint, by: backupId });
    }
    return points.sort((a, b) => (a.to < b.to ? -1 : 1));
  }
}

/** SST bytes of every replica on nodes that answer. */
async function bytesByTablet(
  { yugabyte }: ControlDependencies,
  nodes: NodeState[],
  findings: Findings,
): Promise<Map<string, number>> {
  const cluster = yugabyte();
  const bytes = new Map<string, number>();
  const tservers = (await findings.check('The tservers', async () => await cluster.tservers())) ?? [];
  for (const { address, http } of tservers.filter(({ uuid }) =>
    nodes.some((node) => node.uuid === uuid && node.alive),
  )) {
    const tablets = await findings.check(
      `The tablets of ${address}`,
      async () => await cluster.http.tserverTablets(http),
    );
    for (const { id, sstBytes } of tablets ?? []) bytes.set(id, (bytes.get(id) ?? 0) + sstBytes);
  }
  return bytes;
}

function countsOf(
  entities: Entities | undefined,
  name: string,
  { bytes, indexes }: { bytes: Map<string, number>; indexes: Set<string> },
): { tables: number; tablets: number; bytes: number } {
  const keyspace = entities?.keyspaces.find((one) => one.name === name && one.api === 'ysql');
  const tables = entities?.tables.filter(({ keyspaceId }) => keyspaceId === keyspace?.id) ?? [];
  const ids = new Set(tables.map(({ id }) => id));
  const tablets = entities?.tablets.filter(({ tableId }) => ids.has(tableId)) ?? [];
  return {
    tables: tables.filter(({ id }) => !indexes.has(id)).length,
    tablets: tablets.length,
    bytes: tablets.reduce((sum, { id }) => sum + (bytes.get(id) ?? 0), 0),
  };
}
