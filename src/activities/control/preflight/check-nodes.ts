import type { NodeState } from '../../internal-types';
import type { Checks } from './checks';

/** Files go to every replica, so every node that may have one needs a worker. */
export function checkNodes(checks: Checks, nodes: NodeState[]): void {
  const missing = nodes.filter(({ worker }) => !worker);
  if (missing.length === 0) return;
  const why = missing.map(({ address, workerProblem }) => `${address}: ${workerProblem ?? 'no worker'}`).join('; ');
  checks.add(
    'PreflightFailed',
    `A restore places files on every replica, and ${missing.length} of ${nodes.length} nodes have no worker that answers: ${why}. Start them, or remove a dead tserver from the cluster.`,
    { nodes: missing.map(({ address }) => address) },
  );
}
