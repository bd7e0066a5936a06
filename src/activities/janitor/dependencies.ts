import type { Client } from '@temporalio/client';
import type { Timing } from '../../contract';
import type { ClusterStore } from '../../repository';

/**
 * What the janitor works with: the bucket with the right to delete, and a key of its own. Neither the cluster nor its
 * tools.
 */
export interface JanitorDependencies {
  client: Client;
  timing: Timing;
  repository: ClusterStore;
}
