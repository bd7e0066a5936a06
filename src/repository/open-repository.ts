import { setMaxListeners } from 'node:events';
import { retryingStore, type ObjectStore, type RetryPolicy } from '../transfer';
import type { ClusterStore } from './cluster-store';
import type { Trust } from './signing/trust';

export interface RepositoryOptions {
  /** The bucket; its requests are retried here. */
  store: ObjectStore;
  cluster: string;
  trust?: Trust | undefined;
  retry?: Partial<RetryPolicy> | undefined;
}

/** Small records are read by short activities, which are themselves retried. */
const RETRY_FOR_MS = 30_000;

/** One cluster's part of the repository, with requests retried for 30 s. Sends nothing yet. */
export function openRepository({ store, cluster, trust, retry }: RepositoryOptions): ClusterStore {
  return { store: retryingStore(store, { policy: { retryForMs: RETRY_FOR_MS, ...retry } }), cluster, trust };
}

/** The same, ended by a signal. */
export function withSignal({ store, ...place }: ClusterStore, signal: AbortSignal): ClusterStore {
  setMaxListeners(0, signal); // one listener for each request in flight
  // The store below already retries; only the signal is added here.
  return { ...place, store: retryingStore(store, { policy: { retryForMs: 0 }, signal }) };
}
