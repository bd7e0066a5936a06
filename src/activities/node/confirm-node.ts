import { failWith } from '../application-failure';
import type { NodeDependencies } from './dependencies';

/**
 * The first check of every node activity: the work is meant for this very tserver, not for one that had this address
 * before.
 */
export function confirmNode({ identity }: Pick<NodeDependencies, 'identity'>, uuid: string): void {
  if (uuid === identity.uuid) return;
  throw failWith(
    'NodeUnavailable',
    `${identity.address} is now tserver ${identity.uuid}, but the work was planned for tserver ${uuid}. The node was replaced; the work is planned again on other replicas.`,
  );
}
