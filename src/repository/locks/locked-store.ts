import type { ObjectLock, ObjectStore } from '../../transfer';
import type { ClusterStore } from '../cluster-store';

/** The same store, creating every object locked; without a lock, the store itself. */
export function lockedStore(store: ObjectStore, lock: ObjectLock | undefined): ObjectStore {
  if (lock === undefined) return store;
  return {
    ...store,
    create: (key, body, options) => store.create(key, body, { ...options, lock }),
    createMultipart: (key, options) => store.createMultipart(key, { ...options, lock }),
  };
}

/** The same for a cluster's part of the repository. */
export function lockedCluster<Place extends ClusterStore>(repository: Place, lock: ObjectLock | undefined): Place {
  return lock === undefined ? repository : { ...repository, store: lockedStore(repository.store, lock) };
}
