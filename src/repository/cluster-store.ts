import type { ObjectStore } from '../transfer';

/** One cluster's part of the repository. */
export interface ClusterStore {
  readonly store: ObjectStore;
  readonly cluster: string;
}
