/** `npm run test:full` runs every case; `npm test` each fault once, in the newest dialect. */
export const FULL = process.env['KALPA_TEST_FULL'] === '1';

/** The dialects that a fault is tried in. */
export function dialects(): ('2.6' | '2025.1')[] {
  return FULL ? ['2025.1', '2.6'] : ['2025.1'];
}

/** A fault test that only `npm run test:full` runs: `npm test` has ten minutes on two cores, and a test of the same step. */
export const inFull: typeof it.concurrent = FULL
  ? it.concurrent
  : (Object.assign(() => undefined, { each: () => () => undefined }) as never);
