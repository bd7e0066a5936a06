import type { KalpaConfig } from '../../config';
import type { ClusterView } from './cluster-view';
import { ok, problem, reason, type Check } from './check';

const AREA = 'this node';

/** Where the configuration has a node: it is the one of this machine, as its worker will have to prove. */
export async function nodeCheck(cluster: ClusterView, { node }: Pick<KalpaConfig, 'node'>): Promise<Check[]> {
  if (!node) return [];
  try {
    const { uuid, address } = await cluster.proveNode(node);
    return [ok(AREA, `${address} is tserver ${uuid}, its data directories are those of node.dataDirs`)];
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
