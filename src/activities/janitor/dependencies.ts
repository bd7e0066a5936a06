import type { Client } from '@temporalio/client';
import type { Timing } from '../../contract';
import type { ClusterStore } from '../../repository';

/**
 * What the janitor works with: the bucket with the right to delete, and a key of its own. It has access neither to the
 * cluster nor to its tools.
 */
export interface JanitorDependencies {
  client: Client;
  timing: Timing;
  repository: ClusterStore;
}
