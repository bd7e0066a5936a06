import type { ObjectStore } from '../transfer';
import type { Trust } from './signing/trust';

/** One cluster's part of the repository. */
export interface ClusterStore {
  readonly store: ObjectStore;
  readonly cluster: string;
  /** Which keys' records are trusted, and who signs. Default: all records are trusted, and none are signed. */
  readonly trust?: Trust | undefined;
}
