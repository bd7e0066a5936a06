/** Manifests read at a time. */
const WIDTH = 32;

/** Does the same with all, some at a time. */
export async function inWidth<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < items.length) await work(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, one));
}
