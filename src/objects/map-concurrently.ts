/** Requests to a store at a time: enough to hide its latency, few enough for its connections. */
const WIDTH = 32;

/**
 * Runs the same work on all items, some at a time; results are in the order of the items. The first failure is thrown.
 */
export async function mapConcurrently<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, lane));
  return results;
}
