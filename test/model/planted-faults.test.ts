import './stand-ins';
import { playSeed } from './play-seed';
import { running } from './running';
import type * as Deletions from '../../src/repository/retention/deletions';
import type * as References from '../../src/repository/retention/references';
import type * as Rules from '../../src/retention/rules-of';
import type * as Sweep from '../../src/repository/retention/sweep';
import type * as Trust from '../../src/repository/signing/trust';

type Mistakes<M> = Record<string, Partial<M>>;

/** A module of which functions go wrong while their mistake is planted. */
function planted<M extends object>(path: string, mistakes: (real: M) => Mistakes<M>): M {
  const real = jest.requireActual<M>(path);
  const known = mistakes(real);
  return new Proxy(real, {
    get: (module, name: string) => {
      const original = module[name as keyof M];
      if (!Object.values(known).some((mistake) => name in mistake) || typeof original !== 'function') return original;
      return (...args: unknown[]): unknown => {
        const wrong = known[running.planted ?? '']?.[name as keyof M];
        return ((wrong ?? original) as (...args: unknown[]) => unknown)(...args);
      };
    },
  });
}

jest.mock('../../src/repository/retention/references', () =>
  planted<typeof References>('../../src/repository/retention/references', () => ({
    'a sweep does not ask who refers to what it removes': { referencesOf: () => [] },
    'a sweep does not look which objects are referred to': { neededKeysUnder: async () => await Promise.resolve() },
  })),
);
jest.mock('../../src/repository/retention/deletions', () =>
  planted<typeof Deletions>('../../src/repository/retention/deletions', () => ({
    'holds count for nothing': { listHolds: async () => await Promise.resolve(new Map()) },
  })),
);
jest.mock('../../src/repository/retention/sweep', () =>
  planted<typeof Sweep>('../../src/repository/retention/sweep', ({ sweep }) => ({
    'no grace is waited for': {
      sweep: async (repository, options) => await sweep(repository, { ...options, graceMs: 0 }),
    },
  })),
);
jest.mock('../../src/repository/signing/trust', () =>
  planted<typeof Trust>('../../src/repository/signing/trust', () => ({
    'an unsigned record is believed': { verifySignature: () => undefined },
  })),
);
jest.mock('../../src/retention/rules-of', () =>
  planted<typeof Rules>('../../src/retention/rules-of', ({ rulesOf }) => ({
    'the minimum of copies counts for nothing': {
      rulesOf: (policies, backup) => rulesOf({ ...policies, minimumCopies: 0 }, backup),
    },
  })),
);

/** The complaint, and the first seed that comes to it: a change of the model moves them, so some more are tried. */
const MISTAKES: [mistake: string, complaint: RegExp, from: number][] = [
  ['a sweep does not ask who refers to what it removes', /needs it/, 3],
  ['a sweep does not look which objects are referred to', /needs it/, 3],
  ['holds count for nothing', /is held/, 50],
  ['no grace is waited for', /its grace is/, 6],
  ['an unsigned record is believed', /needs it|is swept/, 7],
  ['the minimum of copies counts for nothing', /are always to be/, 12],
];
const WITHIN = 50;

describe('a mistake in the product', () => {
  afterEach(() => {
    running.planted = undefined;
  });

  it.each(MISTAKES)(
    '%s: the model finds it',
    async (mistake, complaint, from) => {
      running.planted = mistake;
      let found: string | undefined;
      let seed = from;
      for (; found === undefined && seed < from + WITHIN; seed += 1)
        found = await playSeed(seed, { shrinking: false }).then(
          () => undefined,
          (error: unknown) => String(error),
        );
      expect(found ?? 'nothing').toMatch(complaint);
    },
    600_000,
  );
});
