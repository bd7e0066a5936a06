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

/** Requests that the store answers, but does not carry out at the moment, are repeated for so long. */
const OVERLOADED_FOR_MS = 10_000;

/** Opens the configured bucket. Nothing is sent before the first request. */
export function openBucket(resolved: ResolvedConfig): ProbedBucket {
  const bare = modules.transfer().openStore(modules.config().storeSettings(resolved, 'control'));
  const until = Date.now() + OVERLOADED_FOR_MS;
  const store = modules.transfer().retryingStore(bare, {
    policy: { throttledPauseMs: 200, maxPauseMs: 1_000, maxThrottledPauseMs: 1_000 },
    // A store that can't be reached is reported at once: whoever sets it up waits for that.
    leftMs: ({ status }) => (status === undefined ? 0 : until - Date.now()),
  });
  return {
    location: store.location,
    probe: async () => await modules.repository().probeStore(store, resolved.config.repository.objectLock),
    serverTime: async () => await store.serverTime(),
    close: () => {
      store.close();
    },
  };
}
