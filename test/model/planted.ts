import { running } from './running';
import type { StandIns } from './stand-ins';
import type * as Deletions from '../../src/repository/retention/deletions';
import type * as Intents from '../../src/repository/retention/intents';
import type * as Leases from '../../src/repository/retention/leases';
import type * as References from '../../src/repository/retention/references';
import type * as Rules from '../../src/retention/rules-of';
import type * as Sweep from '../../src/repository/retention/sweep';
import type * as Trust from '../../src/repository/signing/trust';

type Mistakes<M> = Record<string, Partial<M>>;

/** A module of which functions go wrong while their mistake is planted. */
function planted<M extends object>(mistakes: (real: M) => Mistakes<M>) {
  return (actual: <T extends object>() => T): M => {
    const real = actual<M>();
    const known = mistakes(real);
    const wrong = new Map<string, (...args: unknown[]) => unknown>();
    for (const name of new Set(Object.values(known).flatMap(Object.keys))) {
      const original = real[name as keyof M] as (...args: unknown[]) => unknown;
      wrong.set(name, (...args) => {
        const planted = running.planted.find((mistake) => name in (known[mistake] ?? {}));
        return planted === undefined
          ? original(...args)
          : (known[planted]?.[name as keyof M] as typeof original)(...args);
      });
    }
    return new Proxy(real, {
      get: (module, name: string) => wrong.get(name) ?? module[name as keyof M],
    });
  };
}

/** What stands in for modules, with the mistakes of each by their name; nothing is planted unless `running` says so. */
export const PLANTED: StandIns = {
  '../../src/repository/retention/references': planted<typeof References>(() => ({
    'a sweep does not ask who refers to what it removes': { referencesOf: () => [] },
    'a sweep does not look which objects are referred to': { neededKeysUnder: async () => await Promise.resolve() },
  })),
  '../../src/repository/retention/deletions': planted<typeof Deletions>(({ listDeletions }) => ({
    'holds count for nothing': { listHolds: async () => await Promise.resolve(new Map()) },
    'a sweep waits for nothing': {
      listDeletions: async (...given) =>
        new Map([...(await listDeletions(...given))].map(([id, link]) => [id, { ...link, at: longAgo(link.at) }])),
    },
  })),
  '../../src/repository/retention/leases': planted<typeof Leases>(() => ({
    'leases count for nothing in a sweep': { liveLeases: async () => await Promise.resolve(new Map()) },
  })),
  '../../src/repository/retention/intents': planted<typeof Intents>(() => ({
    'a sweep does not wait for backups that run': { openIntents: async () => await Promise.resolve([]) },
    'no backup is too late': { tooLate: async () => await Promise.resolve(undefined) },
  })),
  '../../src/repository/retention/sweep': planted<typeof Sweep>(({ sweep }) => ({
    'no grace is waited for': {
      sweep: async (repository, options) => await sweep(repository, { ...options, graceMs: 0 }),
    },
  })),
  '../../src/repository/signing/trust': planted<typeof Trust>(() => ({
    'an unsigned record is believed': { verifySignature: () => undefined },
  })),
  '../../src/retention/rules-of': planted<typeof Rules>(({ rulesOf }) => ({
    'the minimum of copies counts for nothing': {
      rulesOf: (policies, backup) => rulesOf({ ...policies, minimumCopies: 0 }, backup),
    },
  })),
};

/** The same moment for whoever compares it, and long ago for whoever reckons from it. */
const longAgo = (at: Date): Date => Object.assign(new Date(at), { getTime: () => 0 });
