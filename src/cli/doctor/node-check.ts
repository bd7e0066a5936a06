import type { KalpaConfig } from '../../config';
import type { ClusterView } from './cluster-view';
import { ok, problem, reason, warning, type Check } from './check';

const AREA = 'this node';

/** If a node is configured, checks that it is this machine's, as its worker will have to verify. */
export async function nodeCheck(cluster: ClusterView, { node }: Pick<KalpaConfig, 'node'>): Promise<Check[]> {
  if (!node) return [];
  try {
    const { uuid, address } = await cluster.proveNode(node);
    return [
      ok(AREA, `${address} is tserver ${uuid}, and its data directories match node.dataDirs`),
      ...(await workersCheck(cluster, node)),
    ];
  } catch (error) {
    // These errors end with sentences on what to do.
    const [, message, cure] = /^(.*?\.) ([A-Z].*)$/.exec(reason(error)) ?? [];
    return [
      problem(
        AREA,
        message ?? reason(error),
        cure ?? 'correct node.address, node.http and node.dataDirs in kalpa.yaml; its worker takes no work until then',
      ),
    ];
  }
}

/**
 * Node workers for this machine's node: the one that serves it, and those waiting to take over, which no queue shows.
 */
async function workersCheck(cluster: ClusterView, node: NonNullable<KalpaConfig['node']>): Promise<Check[]> {
  const area = `${AREA}’s workers`;
  const [dataDir = ''] = node.dataDirs;
  try {
    const holder = await cluster.nodeHolder(dataDir);
    if (!holder) return []; // the check of its queues reports that
    const { pid, host, version, since, waiting } = holder;
    const serving = `process ${pid} on ${host} (Kalpa ${version}) serves it since ${since}`;
    if (waiting === 0) return [ok(area, serving)];
    return [
      warning(
        area,
        `${serving}; ${waiting} ${waiting === 1 ? 'other one waits' : 'others wait'} for it to end`,
        'in an upgrade: stop that process, and a waiting one takes over; otherwise stop those that wait',
      ),
    ];
  } catch (error) {
    return [
      warning(
        area,
        `the worker serving this node can't be determined: ${reason(error)}`,
        `run kalpa doctor as the user of the node worker, who may write to ${dataDir}`,
      ),
    ];
  }
}
