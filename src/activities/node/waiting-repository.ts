import { openRepository, type ClusterStore } from '../../repository';
import type { NodeDependencies } from './dependencies';

/**
 * The repository for steps that wait for the store as long as for any component that is unavailable
 * (`timing.phaseDeadline`). Their failure is then final (`onNode` of the workflows): a snapshot that waited for hours
 * would fill the disks. Fault 31.
 */
export function waitingRepository({ store, config, timing }: NodeDependencies): ClusterStore {
  return openRepository({ store, cluster: config.cluster, retry: { retryForMs: timing.phaseDeadline } });
}
