import type { ObjectStore } from '../transfer';
import type { Trust } from './signing/trust';

/** One cluster's part of the repository. */
export interface ClusterStore {
  readonly store: ObjectStore;
  readonly cluster: string;
  /** Whose records are believed, and who signs. Default: everybody's, and nobody. */
  readonly trust?: Trust | undefined;
}
