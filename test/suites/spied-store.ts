import type { ObjectStore } from '../../src/transfer';

/** The store itself, with calls of some methods shown to the test before they are made. */
export function spiedStore(
  store: ObjectStore,
  spies: Partial<Record<keyof ObjectStore, (...args: never[]) => unknown>>,
): ObjectStore {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const spy = spies[name as keyof ObjectStore] as ((...args: unknown[]) => unknown) | undefined;
      return (...args: unknown[]): unknown => {
        spy?.(...args);
        return value.apply(target, args) as unknown;
      };
    },
  });
}
