import type { KalpaConfig } from '../../config';
import type { ClusterView } from '../doctor/cluster-view';
import { RESPONSE_TIMEOUT_MS, acceptsConnections, mastersByWeb } from '../doctor/reach-address';
import { modules } from './modules';

const OWN_ROLE =
  'SELECT rolname::text AS role, rolsuper AS superuser FROM pg_catalog.pg_roles WHERE rolname = current_user';

/** A person is waiting for the doctor; masters that need longer are not healthy. */
const ONE_RPC_MS = 10_000;
/** Asked before each start, so with a short time-out. */
const UNIVERSE_TIMEOUT_MS = 3_000;

/** The configured cluster, seen through its own tools. Nothing is run before the first question. */
export function openClusterView(config: KalpaConfig): ClusterView {
  const {
    fetchPage,
    getUniverseConfig,
    orphanedSchedules,
    listAllMasters,
    listAllTabletServers,
    openYugabyte,
    readScheduleEvidence,
    rootCertOfPages,
    SqlConnection,
    urlOf,
  } = modules.yugabyte();
  const settings = modules.config().clusterToolSettings(config);
  const { timeouts } = settings;
  const cluster = openYugabyte({
    ...settings,
    timeouts: { ...timeouts, rpcMs: Math.min(timeouts.rpcMs, ONE_RPC_MS) },
  });
  return {
    tools: async () => ({ version: await cluster.release(), dialect: (await cluster.capabilities()).since }),
    toolReleases: async () => await cluster.toolVersions(),
    release: async () => (await cluster.http.masterVersion()).release,
    listens: acceptsConnections,
    mastersByWeb: async (web) =>
      await mastersByWeb(
        web,
        async (path) =>
          await fetchPage(urlOf(settings, web, path), {
            timeoutMs: RESPONSE_TIMEOUT_MS,
            rootCert: rootCertOfPages(settings),
          }),
      ),
    proveNode: async (node) => await modules.proveIdentity().proveIdentity(node, cluster, config.http.tserverPort),
    nodeHolder: async (dataDir) => await modules.nodeLock().nodeHolder(dataDir, config.cluster),
    universe: async () => {
      const signal = AbortSignal.timeout(UNIVERSE_TIMEOUT_MS);
      const { universeUuid, clusterUuid } = await cluster.run(getUniverseConfig, {}, { signal });
      return universeUuid ?? clusterUuid;
    },
    masters: async () => await cluster.run(listAllMasters, {}),
    tservers: async () => {
      const tservers = await cluster.run(listAllTabletServers, {});
      return tservers.map(({ uuid, address, status }) => ({ address: address ?? uuid, alive: status === 'ALIVE' }));
    },
    orphanedSchedules: async () =>
      orphanedSchedules(await readScheduleEvidence(cluster)).map(({ schedule: { id }, database }) => ({
        scheduleId: id,
        database,
      })),
    ycqlAnswers: async () => {
      await cluster.cql.ping({ timeoutMs: settings.timeouts.httpMs });
    },
    ysqlRole: async () => {
      const sql = new SqlConnection(settings.ysql, settings.timeouts.httpMs);
      const [row] = await sql.use(
        sql.home,
        'look up the role',
        async (query) => await query<{ role: string; superuser: boolean }>(OWN_ROLE),
      );
      return row ?? { role: config.ysql.user, superuser: false };
    },
  };
}
