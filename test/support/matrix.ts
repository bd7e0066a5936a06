/** `npm run test:full` runs every case; `npm test` each fault once, in the newest dialect. */
export const FULL = process.env['KALPA_TEST_FULL'] === '1';

/** The dialects that a fault is tried in. */
export function dialects(): ('2.6' | '2025.1')[] {
  return FULL ? ['2025.1', '2.6'] : ['2025.1'];
}

/** Cases of which `npm test` tries the first so many: the others take the same way. */
export const some = <T>(cases: readonly T[], first = 1): T[] => (FULL ? [...cases] : cases.slice(0, first));

/** A test that only `npm run test:full` runs, in a file whose tests follow each other. */
export const slowIt: typeof it = FULL ? it : (Object.assign(() => undefined, { each: () => () => undefined }) as never);

/**
 * A fault test that only `npm run test:full` runs: `npm test` has ten minutes on two cores, and a test of the same
 * step.
 */
export const inFull: typeof it.concurrent = FULL
  ? it.concurrent
  : (Object.assign(() => undefined, { each: () => () => undefined }) as never);

/**
 * How often a fuzz test tries: each `npm test` has other random values, so that few runs at a time find what many at
 * once would.
 */
export const runs = (inFull: number, few: number): number => (FULL ? inFull : few);
