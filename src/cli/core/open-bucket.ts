import type { ResolvedConfig } from '../../config';
import type { ProbedStore } from '../doctor/store-checks';
import { modules } from './modules';

/** The bucket as the doctor checks it. */
export interface ProbedBucket {
  location: string;
  /** Writes below `probe/` and removes it again. */
  probe(): Promise<ProbedStore>;
  serverTime(): Promise<Date>;
  close(): void;
}

/** Opens the configured bucket. Nothing is sent before the first request. */
export function openBucket(resolved: ResolvedConfig): ProbedBucket {
  const store = modules.transfer().openStore(modules.config().storeSettings(resolved, 'control'));
  return {
    location: store.location,
    probe: async () => await modules.repository().probeStore(store, resolved.config.repository.objectLock),
    serverTime: async () => await store.serverTime(),
    close: () => {
      store.close();
    },
  };
}
