import type { KalpaConfig } from '../../config';
import type { ClusterView } from './cluster-view';
import { ok, problem, reason, warning, type Check } from './check';

const AREA = 'this node';

/** Where the configuration has a node: it is the one of this machine, as its worker will have to prove. */
export async function nodeCheck(cluster: ClusterView, { node }: Pick<KalpaConfig, 'node'>): Promise<Check[]> {
  if (!node) return [];
  try {
    const { uuid, address } = await cluster.proveNode(node);
    return [
      ok(AREA, `${address} is tserver ${uuid}, its data directories are those of node.dataDirs`),
      ...(await workersCheck(cluster, node)),
    ];
  } catch (error) {
    // These errors end with what to do about them, in sentences of their own.
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
 * Node workers of this machine's node: the one that serves it, and those that wait for it to end, which no queue shows.
 */
async function workersCheck(cluster: ClusterView, node: NonNullable<KalpaConfig['node']>): Promise<Check[]> {
  const area = `${AREA}’s workers`;
  const [dataDir = ''] = node.dataDirs;
  try {
    const holder = await cluster.nodeHolder(dataDir);
    if (!holder) return []; // the line of its queues says so
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
        `who serves this node can't be found out: ${reason(error)}`,
        `run kalpa doctor as the user of the node worker, who may write to ${dataDir}`,
      ),
    ];
  }
}
