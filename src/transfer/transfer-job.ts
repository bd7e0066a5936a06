import type { SlotPool } from './limits/slot-pool';
import { TransferMeter } from './limits/transfer-counters';
import type { TransferLimits } from './limits/transfer-limits';
import { stoppable } from './run-all';
import type { ObjectStore } from './store/object-store';
import type { RetryPolicy } from './store/retry';
import { retryingStore } from './store/retrying-store';
import type { ByteWork } from './thread/byte-work';

/** The parameters of every transfer between disk and store. */
export interface TransferRequest {
  store: ObjectStore;
  limits: TransferLimits;
  signal?: AbortSignal | undefined;
  retry?: Partial<RetryPolicy> | undefined;
}

/** What a process has for all of its transfers. */
export interface TransferTools {
  slots: SlotPool;
  work: ByteWork;
}

/** What the units of one transfer share. */
export interface TransferJob<Request extends TransferRequest> extends Readonly<TransferTools> {
  readonly request: Request;
  /** The request's store, with retries and limits. */
  readonly store: ObjectStore;
  readonly meter: TransferMeter;
  /**
   * Aborted by the caller, or by the first failure, so that no more bytes are moved for a transfer that can't succeed.
   */
  readonly signal: AbortSignal;
  readonly failed: AbortController;
}

export function openJob<Request extends TransferRequest & { files: readonly { size: number }[] }>(
  request: Request,
  tools: TransferTools,
): TransferJob<Request> {
  const { signal, failed } = stoppable(request.signal);
  const { retry: policy, limits: gate, files } = request;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return {
    ...tools,
    ...{ request, signal, failed },
    store: retryingStore(request.store, { policy, signal, gate }),
    meter: new TransferMeter(files.length, bytes),
  };
}
