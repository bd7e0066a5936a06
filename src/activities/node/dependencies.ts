import type { KalpaConfig } from '../../config';
import type { Timing } from '../../contract';
import type { ClusterStore } from '../../repository';
import type { ObjectStore, TransferEngine } from '../../transfer';
import type { Yugabyte } from '../../yugabyte';
import type { RunningCopies } from './running-copies';

/** What a node worker has proved about the tserver beside it. */
export interface NodeIdentity {
  uuid: string;
  /** RPC host:port as the masters list it. */
  address: string;
  /** Web host:port of the tserver, for its tablets' state. */
  http: string;
  dataDirs: string[];
}

/** What the node activities work with; created once by the node worker. */
export interface NodeDependencies {
  config: KalpaConfig;
  timing: Timing;
  identity: NodeIdentity;
  store: ObjectStore;
  engine: TransferEngine;
  repository: ClusterStore;
  yugabyte: () => Yugabyte;
  copies: RunningCopies;
}
