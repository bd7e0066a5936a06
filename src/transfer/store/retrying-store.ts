import type { ListedObject, ObjectStore, RequestOptions } from './object-store';
import { defaultRetryPolicy, withRetry, type RetryOptions, type RetryPolicy } from './retry';
import type { Gate } from '../limits/transfer-limits';

export interface RetryingOptions {
  policy?: Partial<RetryPolicy> | undefined;
  /** Ends every request and every pause. */
  signal?: AbortSignal | undefined;
  /** Where requests that carry bytes wait for their turn; a request that pauses before a retry gives up its place. */
  gate?: Gate | undefined;
  leftMs?: RetryOptions['leftMs'];
}

/**
 * The same store, with every request retried. A create whose response was lost ends as `exists` on the second attempt:
 * the caller compares, as after any other `exists`.
 */
export function retryingStore(store: ObjectStore, options: RetryingOptions = {}): ObjectStore {
  const policy = { ...defaultRetryPolicy, ...options.policy };
  const { leftMs } = options;
  const signalOf = (given?: RequestOptions): AbortSignal | undefined =>
    given?.signal !== undefined && options.signal !== undefined
      ? AbortSignal.any([given.signal, options.signal])
      : (given?.signal ?? options.signal);
  const quick = <T>(given: RequestOptions | undefined, send: (signal: RequestOptions) => Promise<T>): Promise<T> => {
    const signal = signalOf(given);
    return withRetry(() => send({ signal }), { policy, signal, leftMs });
  };
  /** The same for a request that was already sent once and failed with this error. */
  const again = <T>(
    failure: unknown,
    given: RequestOptions | undefined,
    send: (signal: RequestOptions) => Promise<T>,
  ): Promise<T> => {
    let sent = false;
    return quick(given, async (signal) => {
      if (sent) return await send(signal);
      sent = true;
      throw failure;
    });
  };
  const heavy = <T>(
    bytes: number,
    given: RequestOptions | undefined,
    send: (signal: RequestOptions) => Promise<T>,
  ): Promise<T> => {
    const { gate } = options;
    if (gate === undefined) return quick(given, send);
    const signal = signalOf(given);
    const request = () => gate.run(bytes, signal, () => send({ signal }));
    return withRetry(request, { policy, signal, gate, leftMs });
  };
  return {
    location: store.location,
    signsBodies: store.signsBodies,
    create: (key, body, given) => heavy(body.length, given, (s) => store.create(key, body, { ...given, ...s })),
    read: (key, given) => quick(given, (s) => store.read(key, { ...given, ...s })),
    readRange: (key, offset, into, given) =>
      heavy(into.length, given, (s) => store.readRange(key, offset, into, { ...given, ...s })),
    head: (key, given) => quick(given, (s) => store.head(key, { ...given, ...s })),
    async *list(prefix, given) {
      // A listing that breaks off continues after the last key that arrived.
      let after = given?.after;
      const open = (s: RequestOptions): AsyncIterator<ListedObject> =>
        store.list(prefix, { ...s, after })[Symbol.asyncIterator]();
      const signal = signalOf(given);
      let pages = open({ signal });
      let next: IteratorResult<ListedObject> | undefined;
      for (;;)
        try {
          // Most objects are on a page that has already arrived: only a failed request pays for the retry.
          signal?.throwIfAborted();
          for (next ??= await pages.next(); next.done !== true; next = await pages.next()) {
            after = next.value.key;
            yield next.value;
          }
          return;
        } catch (error) {
          next = await again(error, given, async (s) => {
            pages = open(s);
            return await pages.next();
          });
        }
    },
    async *folders(prefix, given) {
      yield* await quick(given, async (s) => {
        const all: string[] = [];
        for await (const folder of store.folders(prefix, s)) all.push(folder);
        return all;
      });
    },
    // Not resumed after the last key: a sweep starts again with whatever is left.
    listVersions: (prefix, given) => store.listVersions(prefix, { signal: signalOf(given) }),
    delete: (keys, given) => quick(given, (s) => store.delete(keys, s)),
    retention: (key, given) => quick(given, (s) => store.retention(key, { ...given, ...s })),
    setRetention: (key, lock, given) => quick(given, (s) => store.setRetention(key, lock, { ...given, ...s })),
    createMultipart: (key, given) => quick(given, (s) => store.createMultipart(key, { ...given, ...s })),
    uploadPart: (part, body, given) =>
      heavy(body.length, given, (s) => store.uploadPart(part, body, { ...given, ...s })),
    listParts: (key, uploadId, given) => quick(given, (s) => store.listParts(key, uploadId, s)),
    completeMultipart: (key, uploadId, parts, given) =>
      quick(given, (s) => store.completeMultipart(key, uploadId, parts, s)),
    abortMultipart: (key, uploadId, given) => quick(given, (s) => store.abortMultipart(key, uploadId, s)),
    listMultipartUploads: (prefix, given) => quick(given, (s) => store.listMultipartUploads(prefix, s)),
    traits: (given) => quick(given, (s) => store.traits(s)),
    serverTime: (given) => quick(given, (s) => store.serverTime(s)),
    close: () => store.close(),
  };
}
