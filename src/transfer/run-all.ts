import { setMaxListeners } from 'node:events';

/**
 * Does the work for each item, at most `width` at a time, started in order. The first failure aborts `failed`, and is
 * thrown once everything that was started has ended.
 */
export async function runAll<Item, Result>(
  items: readonly Item[],
  width: number,
  failed: AbortController,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  let failure: { error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    while (failure === undefined && next < items.length) {
      const i = next;
      next += 1;
      try {
        results[i] = await work(items[i] as Item);
      } catch (error) {
        failure ??= { error };
        failed.abort(failure.error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  if (failure !== undefined) throw failure.error;
  return results;
}

/** For work that runs in parallel: `signal` is aborted with the caller's, or as `runAll` aborts `failed`. */
export function stoppable(callers?: AbortSignal): { signal: AbortSignal; failed: AbortController } {
  const failed = new AbortController();
  const signal = callers === undefined ? failed.signal : AbortSignal.any([callers, failed.signal]);
  setMaxListeners(0, signal); // one listener for each waiting request and file
  return { signal, failed };
}
