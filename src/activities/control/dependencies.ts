import type { Client } from '@temporalio/client';
import type { KalpaConfig } from '../../config';
import type { SearchAttributeName, Timing } from '../../contract';
import type { ClusterStore } from '../../repository';
import type { ObjectStore, TransferEngine } from '../../transfer';
import type { Yugabyte } from '../../yugabyte';
import type { LockLines } from './lock/lock-lines';
import type { SharedQueries } from './waits/shared-queries';

/** What the control activities work with; made once by the control worker. */
export interface ControlDependencies {
  config: KalpaConfig;
  timing: Timing;
  client: Client;
  /** Address of the Temporal UI, for links; unknown in some deployments. */
  ui?: string;
  searchAttributes: SearchAttributeName[];
  /** Recreated when its settings (a rotated password) change. */
  yugabyte: () => Yugabyte;
  store: ObjectStore;
  repository: ClusterStore;
  /** Shared looks: what many wait for is asked once. */
  looks: SharedQueries;
  lines: LockLines;
  /** When the store kept a lock that was tried out; one that it did not keep is tried out again each time. */
  locksTried: { keptAt?: number };
  /** For dumps, which the control worker streams itself. */
  engine: TransferEngine;
}
